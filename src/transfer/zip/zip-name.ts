/** What a zip of these files is called: after the folder that all of them are in, else after their number. */
export function zipName(names: readonly string[]): string {
  const folder = (name: string) => name.slice(0, Math.max(0, name.indexOf('/')));
  const [first = ''] = names;
  const common = folder(first);
  if (common !== '' && names.every((name) => folder(name) === common)) return `${common}.zip`;
  return names.length === 1 ? `${first}.zip` : `${names.length} files.zip`;
}
