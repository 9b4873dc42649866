/** What Snapback is made with: collected by build/licences.js when the UI is built. */
declare module 'virtual:licences' {
  interface LicensedPackage {
    name: string;
    version: string;
    /** "Rust crate", "npm package" or "demo database". */
    kind: string;
    /** As its authors name it. */
    licence: string;
    /** Which of the texts came with it. */
    texts: number[];
  }
  const licences: { packages: LicensedPackage[]; texts: string[] };
  export default licences;
}
