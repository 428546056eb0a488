/** Instructions a time, by workload, counted now. */
export declare const countInstructions: () => Promise<Readonly<Record<string, number>>>;
/** Those that were accepted last. */
export declare const accepted: () => Readonly<Record<string, number>>;
