/** What the import of the core is measured against. */
export const empty = true;
