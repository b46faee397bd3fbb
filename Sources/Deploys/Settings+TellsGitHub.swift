import Essentials

extension Settings {
    /// Whether GitHub is told of deploys (`GITHUB_DEPLOYMENTS`); then `GITHUB_REPO` has to be set as well.
    mutating func tellsGitHub() -> Bool {
        let isTold = bool("GITHUB_DEPLOYMENTS", default: false)
        if isTold, string("GITHUB_REPO") == nil {
            reject("GITHUB_DEPLOYMENTS", "needs to know the repository; set GITHUB_REPO as owner/name")
        }
        return isTold
    }
}
