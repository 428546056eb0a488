import { columnsOf, versionsOf } from "./columns.mjs";
import { circle, escape, ink, label, line, rect, red } from "./elements.mjs";
import { answers, colourOf, failures, latency, left, plotWidth, width } from "./panels.mjs";
import { headingOf, notesOf } from "./text.mjs";

const most = 220;

/** Distances in the picture: lines of text, rows of event numbers, and the panels below each other. */
const [textHeight, rowHeight, numberWidth] = [18, 20, 18];
const panels = [
  { draw: answers, at: 0, height: 200 },
  { draw: failures, at: 240, height: 60 },
  { draw: latency, at: 340, height: 110 },
];
const panelsHeight = 450;

/** A round number of seconds, so that at most a dozen stand on the axis. */
const tickOf = (seconds) => [0.5, 1, 2, 5, 10, 20, 60].find((tick) => seconds / tick <= 12) ?? 120;

const axis = (seconds, y) => {
  const tick = tickOf(seconds);
  return Array.from({ length: Math.floor(seconds / tick) + 1 }, (_, at) => at * tick).flatMap((second) => {
    const x = left + (plotWidth * second) / seconds;
    return [
      line({ x1: x, y1: y, x2: x, y2: y + 5, stroke: ink }),
      label({ x, y: y + 18, text: `${second} s`, anchor: "middle", size: 11 }),
    ];
  });
};

/** Puts numbers into as many rows as it takes for none to touch another. */
const rowsOf = (xs) => {
  const ends = [];
  return xs.map((x) => {
    const free = ends.findIndex((end) => x - end >= numberWidth);
    const row = free === -1 ? ends.length : free;
    ends[row] = x;
    return row;
  });
};

const legend = (versions, y) =>
  [...versions.map((version, index) => [version, colourOf(index)]), ["failed", red]].flatMap(([text, fill], at) => [
    rect({ x: left + at * 72, y: y - 10, width: 11, height: 11, fill }),
    label({ x: left + at * 72 + 16, y, text }),
  ]);

const linesFrom = (texts, y) => texts.map((text, at) => label({ x: left, y: y + at * textHeight, text }));

const number = (x, y, text) => [circle({ x, y, r: 8 }), label({ x, y: y + 3.5, text, anchor: "middle", size: 9 })];

const marks = (xs, rows, { top, bottom }) => {
  const yOf = (at) => top - 32 - rows[at] * rowHeight;
  return {
    lines: xs.map((x, at) => line({ x1: x, y1: yOf(at) + 8, x2: x, y2: bottom, stroke: "#999", dash: "2 4" })),
    numbers: xs.flatMap((x, at) => number(x, yOf(at), at + 1)),
  };
};

const eventLines = ({ events }) => events.map(({ at, text }, index) => `${index + 1}.  ${(at / 1000).toFixed(2)} s  ${text}`);

/** What happened, as an SVG document: answers by version, failures, latency, and the events by number. */
export const drawSvg = (result, summary) => {
  const [heading, ...because] = headingOf(result, summary);
  const notes = [...because, ...notesOf(summary)];
  const { columns, ms } = columnsOf(result, most);
  const seconds = (columns.length * ms) / 1000;
  const columnWidth = plotWidth / columns.length;
  const scale = { columns, ms, columnWidth, versions: versionsOf(result), xOf: (at) => left + at * columnWidth };
  const xs = result.events.map(({ at }) => left + plotWidth * Math.max(0, Math.min(1, at / 1000 / seconds)));
  const rows = rowsOf(xs);
  const legendY = 64 + notes.length * textHeight;
  const top = legendY + 46 + Math.max(...rows) * rowHeight;
  const bottom = top + panelsHeight;
  const { lines, numbers } = marks(xs, rows, { top, bottom });
  const height = bottom + 66 + result.events.length * textHeight;
  const body = [
    rect({ x: 0, y: 0, width, height, fill: "#fff" }),
    label({ x: left, y: 28, text: heading, size: 16, weight: 600 }),
    ...linesFrom(notes, 50),
    ...legend(scale.versions, legendY),
    ...lines,
    ...panels.flatMap(({ draw, at, height: panelHeight }) => draw(scale, { top: top + at, height: panelHeight })),
    ...axis(seconds, bottom),
    ...numbers,
    label({ x: left, y: bottom + 44, text: "Events", weight: 600 }),
    ...linesFrom(eventLines(result), bottom + 64),
  ];
  const size = `viewBox="0 0 ${width} ${height}" width="${width}" height="${height}"`;
  const said = `role="img" aria-label="${escape(heading)}"`;
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size} font-family="system-ui, sans-serif" ${said}>\n${body.join("\n")}\n</svg>\n`;
};
