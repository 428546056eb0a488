/** The scripts of East Asia and full-width forms: two columns wide in a terminal, as emoji are. https://www.unicode.org/reports/tr11/ */
const eastern = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]/u;

const emoji = /\p{Emoji_Presentation}/u;

const columnsOf = (character: string): number => (eastern.test(character) || emoji.test(character) ? 2 : 1);

/** A text cut at so many columns of a terminal, an ellipsis for what is left out. */
export const cutToColumns = (text: string, most: number): string => {
  const characters = [...text];
  if (characters.reduce((sum, character) => sum + columnsOf(character), 0) <= most) return text;
  let left = most - 1;
  const end = characters.findIndex((character) => (left -= columnsOf(character)) < 0);
  return `${characters.slice(0, end).join("")}…`;
};
