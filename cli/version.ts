/** The package's version: a copied file has no package.json beside it. A test holds the two together. */
export const version = "0.1.0";
