/** What happened, in order; each is printed as it happens, in seconds since the load began. */
export const openEvents = () => {
  const events = [];
  let beganAt = Date.now();
  return {
    /** Says when the load began: what the times count from. */
    begin: (at) => (beganAt = at),
    tell: (text) => {
      const at = Date.now();
      events.push({ at, text });
      console.log(`  ${((at - beganAt) / 1000).toFixed(2).padStart(6)} s  ${text}`);
    },
    all: () => events.map(({ at, text }) => ({ at: at - beganAt, text })),
  };
};
