import { isHealthError } from "probekit";

/** What a programmer error says; fails where nothing, or something else, is thrown. */
export const refused = (make: () => unknown): { code: string; message: string } => {
  try {
    make();
  } catch (error) {
    if (isHealthError(error)) return { code: error.code, message: error.message };
    throw error;
  }
  throw new Error("nothing was thrown");
};
