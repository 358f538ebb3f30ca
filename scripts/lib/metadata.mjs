/**
 * The fields of a package's manifest that are derived from `repository.url` of the repository's package.json, the one
 * place where that address is written.
 *
 * @param {any} shared package.json of the repository
 * @param {string} folder such as `packages/core`
 */
export function metadataOf(shared, folder) {
  const { type, url } = shared.repository;
  const page = url.replace(/^git\+/, "").replace(/\.git$/, "");
  return {
    homepage: `${page}/tree/main/${folder}#readme`,
    repository: { type, url, directory: folder },
    bugs: { url: `${page}/issues` },
  };
}

/**
 * Returns a manifest with these fields after its licence.
 *
 * @param {any} manifest
 * @param {any} shared package.json of the repository
 * @param {string} folder
 */
export function withMetadata(manifest, shared, folder) {
  const metadata = metadataOf(shared, folder);
  const { license, ...others } = manifest;
  const names = Object.keys(manifest);
  const before = names.slice(0, names.indexOf("license"));
  return {
    ...Object.fromEntries(before.map((name) => [name, manifest[name]])),
    license,
    ...metadata,
    ...Object.fromEntries(
      Object.entries(others).filter(([name]) => !before.includes(name) && !(name in metadata)),
    ),
  };
}
