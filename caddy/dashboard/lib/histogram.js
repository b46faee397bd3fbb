// Histograms as Prometheus counts them: in buckets, each with its upper bound and all observations up to it.

/**
 * The value that a share of observations does not exceed, as Prometheus' `histogram_quantile` estimates it
 * (https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile): by linear interpolation within the
 * bucket, from 0 in the first one. What lies beyond the last bound that is finite is told as that bound.
 *
 * @param share from 0 to 1.
 * @param histogram `{ bounds, counts }`: upper bounds, ascending, the last of them infinite, and cumulative counts.
 * @returns null where nothing was observed.
 */
export function quantile(share, { bounds, counts }) {
  const total = counts.at(-1) ?? 0;
  if (!(total > 0) || bounds.length < 2) return null;
  const rank = share * total;
  const index = counts.findIndex(count => count >= rank);
  if (index === bounds.length - 1) return bounds.at(-2);
  const [lower, below] = index === 0 ? [Math.min(0, bounds[0]), 0] : [bounds[index - 1], counts[index - 1]];
  const within = counts[index] - below;
  return within > 0 ? lower + (bounds[index] - lower) * ((rank - below) / within) : lower;
}

/** Both histograms as one; either may be null. Of different bounds, the newer one counts. */
export function sum(one, other) {
  if (!one || !other) return one ?? other;
  if (!sameBounds(one, other)) return other;
  return { bounds: one.bounds, counts: one.counts.map((count, index) => count + other.counts[index]) };
}

/** What was observed between two samples; null where the counts have begun anew. */
export function difference(later, earlier) {
  if (!earlier) return later;
  if (!sameBounds(later, earlier)) return null;
  const counts = later.counts.map((count, index) => count - earlier.counts[index]);
  return counts.some(count => count < 0) ? null : { bounds: later.bounds, counts };
}

const sameBounds = (one, other) =>
  one.bounds === other.bounds
  || (one.bounds.length === other.bounds.length && one.bounds.every((bound, index) => bound === other.bounds[index]));
