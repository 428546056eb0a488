import { isHealthError } from "probekit";

/** The code and the sentence of the library's own error that something throws. */
export const thrown = (make: () => unknown): { code: string; message: string } => {
  try {
    make();
  } catch (error) {
    if (isHealthError(error)) return { code: error.code, message: error.message };
    throw error;
  }
  throw new Error("nothing was thrown");
};
