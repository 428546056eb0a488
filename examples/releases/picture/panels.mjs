import { curve, label, line, rect, red } from "./elements.mjs";

/** The picture's width, and where its plots begin and how wide they are. */
export const [width, left, plotWidth] = [960, 70, 870];

const colours = ["#4c78a8", "#f58518", "#54a24b", "#b279a2", "#eeca3b", "#72b7b2", "#9d755d", "#bab0ac"];

/** A version's colour, by its place among the versions. */
export const colourOf = (index) => colours[index % colours.length];

const latencyColours = { median: "#4c78a8", p99: "#e45756" };

const sum = (values) => values.reduce((total, value) => total + value, 0);

const roundUp = (value) => {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, value)));
  return [1, 1.5, 2, 3, 5, 7.5, 10].map((step) => step * power).find((step) => step >= value);
};

const frame = ({ top, height }, { title, highest, unit = "" }) => {
  const yOf = (share) => top + height * (1 - share);
  return [
    ...[0, 0.5, 1].map((share) => line({ x1: left, y1: yOf(share), x2: left + plotWidth, y2: yOf(share) })),
    label({ x: left, y: top - 8, text: title, weight: 600 }),
    label({ x: left - 8, y: top + 4, text: `${highest}${unit}`, anchor: "end", size: 11 }),
    label({ x: left - 8, y: top + height + 4, text: "0", anchor: "end", size: 11 }),
  ];
};

/** Answers a second by version, one upon the other, failures on top in red. */
export const answers = ({ columns, ms, versions, xOf, columnWidth }, { top, height }) => {
  const perSecond = (count) => (count * 1000) / ms;
  const highest = roundUp(Math.max(1, ...columns.map(({ failed, versions: served }) => perSecond(failed + sum(Object.values(served))))));
  const layersOf = (column) => [...versions.map((version, index) => [column.versions[version], colourOf(index)]), [column.failed, red]];
  const stack = (column, at) => {
    let y = top + height;
    return layersOf(column).filter(([count]) => count > 0).map(([count, fill]) => {
      const layer = (height * perSecond(count)) / highest;
      y -= layer;
      return rect({ x: xOf(at), y, width: columnWidth, height: layer, fill });
    });
  };
  const title = "Answers a second, by version, when the request was sent";
  return [...frame({ top, height }, { title, highest }), ...columns.flatMap(stack)];
};

/** Failures in each column. */
export const failures = ({ columns, ms, xOf, columnWidth }, { top, height }) => {
  const highest = roundUp(Math.max(1, ...columns.map(({ failed }) => failed)));
  const bars = columns.flatMap(({ failed }, at) => {
    const share = failed / highest;
    return share === 0 ? [] : [rect({ x: xOf(at), y: top + height * (1 - share), width: columnWidth, height: height * share, fill: red })];
  });
  const none = label({ x: left + plotWidth / 2, y: top + height / 2 + 4, text: "none", anchor: "middle", fill: "#777" });
  const title = `Failed requests, of those sent in each ${ms} ms`;
  return [...frame({ top, height }, { title, highest }), ...(bars.length > 0 ? bars : [none])];
};

/** Runs of neighbours that have a value: where nothing was answered, the curve has a gap. */
const runs = (points) => {
  const all = [[]];
  for (const point of points) {
    if (point === undefined) all.push([]);
    else all.at(-1).push(point);
  }
  return all.filter((run) => run.length > 0);
};

const key = (name, at, top) => {
  const x = left + plotWidth - 170 + at * 90;
  return [
    line({ x1: x, y1: top - 12, x2: x + 18, y2: top - 12, stroke: latencyColours[name] }),
    label({ x: x + 24, y: top - 8, text: name, size: 11 }),
  ];
};

/** Median and p99 on a logarithmic scale, so that one late answer does not flatten the rest. */
export const latency = ({ columns, xOf, columnWidth }, { top, height }) => {
  const highest = roundUp(Math.max(10, ...columns.map(({ p99 }) => p99 ?? 0)));
  const yOf = (value) => top + height * (1 - Math.log1p(value) / Math.log1p(highest));
  const pointOf = (value, at) => (value === null ? undefined : [xOf(at) + columnWidth / 2, yOf(value)]);
  const pointsOf = (field) => columns.map((column, at) => pointOf(column[field], at));
  const curves = (field, stroke) => runs(pointsOf(field)).map((points) => curve(points, stroke));
  return [
    ...frame({ top, height }, { title: "Latency (logarithmic), failures included", highest, unit: " ms" }),
    ...curves("p99", latencyColours.p99),
    ...curves("p50", latencyColours.median),
    ...Object.keys(latencyColours).flatMap((name, at) => key(name, at, top)),
  ];
};
