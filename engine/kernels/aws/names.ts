/** Names of commands and parameters: how the CLI writes what the API calls `DBClusterIdentifier`. */

/** The name as the CLI writes it: words in lower case, joined by hyphens; letters of an acronym stay together. */
export function cliName(apiName: string): string {
  // The one product name that the CLI does not take apart.
  const name = apiName.replace('OTel', 'Otel');
  // A plural acronym at the end (`ARNs`) is one word.
  const plural = /[A-Z]{2,}s$/.exec(name)?.[0];
  const base = plural === undefined ? name : `${name.slice(0, -plural.length)}-${plural.toLowerCase()}`;
  return base
    .replace(/(.)([A-Z][a-z]+)/g, '$1-$2')
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .toLowerCase();
}
