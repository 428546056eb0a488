/** Instructions a time, by workload, counted now: of all, or of those that are named. */
export declare const countInstructions: (names?: readonly string[]) => Promise<Readonly<Record<string, number>>>;
/** Those that were accepted last. */
export declare const accepted: () => Readonly<Record<string, number>>;
