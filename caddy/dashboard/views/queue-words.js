// What becomes of deployments and of runs, in words.

/** The statuses of a deployment in the queue: the sign and the word of each. */
export const STATUSES = {
  scheduled: ["idle", "scheduled"], in_progress: ["busy", "in progress"], deployed: ["good", "deployed"],
  skipped: ["none", "skipped"], failed: ["bad", "failed"], rolled_back: ["warn", "rolled back"],
};

/** Those of a run. */
export const STATES = {
  waiting: ["idle", "waiting"], running: ["busy", "running"], succeeded: ["good", "succeeded"], failed: ["bad", "failed"],
  rolled_back: ["warn", "rolled back"], rollback_failed: ["bad", "rollback failed"],
};

/** The sign and the word for one of them, also where it is not known here. */
export const outcome = (words, status) => words[status] ?? ["none", String(status).replaceAll("_", " ")];

/** Where a deployment goes to, in short. */
export const where = item => [item.environment, item.provider, item.region, item.cell].filter(Boolean).join(" / ");
