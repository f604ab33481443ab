"use strict";
// Counts behind a pasted table of percentages, worked out in this page; nothing is sent anywhere.
// `engine` runs in a worker. It must stand by itself: its source text is what the worker is made of.

function engine(problem) {
  const { unit, parts, total, rules, limit, steps } = problem;
  const stages = parts[0].cells.length;
  const sum = (values) => values.reduce((a, b) => a + b, 0);
  const error = (c, a, n) => unit * c - a * n; // signed, in n-ths of a printed unit
  const nearest = (a, n) => [-n, n];
  const RULES = { // window of a cell's doubled error, whether columns add up to 100, and what binds the column
    half_up: { window: (a, n) => [-n, n - 1] },
    half_down: { window: (a, n) => [1 - n, n] },
    half_even: { window: (a, n) => [(a % 2) - n, n - (a % 2)] },
    nearest: { window: nearest },
    floor: { window: (a, n) => [0, 2 * n - 1] },
    ceiling: { window: (a, n) => [1 - 2 * n, 0] },
    within_one: { window: (a, n) => [-2 * n, 2 * n] },
    floor_or_ceiling: { whole: true, window: (a, n) => [1 - 2 * n, 2 * n - 1] },
    largest_remainder: {
      whole: true,
      window: (a, n) => [-2 * n, 2 * n],
      fits: (errors, n) => Math.max(...errors) - Math.min(...errors) <= n,
    },
    adjust_minimal: {
      whole: true,
      window: (a, n) => [-3 * n, 3 * n],
      fits: (errors, n) => errors.every((e) => 2 * e <= n) || errors.every((e) => 2 * e >= -n),
    },
  };

  // The cells of a column as a rule reads them; null where it cannot have printed them.
  function published(column, rule) {
    const known = column.cells.filter((a) => a !== null);
    if (!rule.whole) return column.cells;
    const rest = unit - sum(known);
    if (known.length === stages) return rest ? null : column.cells;
    if (rest < 0) return null;
    return known.length === stages - 1 ? column.cells.map((a) => (a === null ? rest : a)) : column.cells;
  }

  // `steps` are the cells' own last decimals, in printed units; a rule that keeps the sum has one for all.
  function windows(cells, { n, steps }, rule) {
    return cells.map((a, k) => {
      if (a === null) return [0, n];
      const step = rule.whole ? 1 : steps?.[k] ?? 1, figure = a / step;
      const [low, high] = rule.window(figure, n);
      return [Math.max(0, Math.ceil((step * (low + 2 * figure * n)) / (2 * unit))),
              Math.min(n, Math.floor((step * (high + 2 * figure * n)) / (2 * unit)))];
    });
  }

  function bound(counts, cells, n, rule) {
    if (!rule.fits) return true;
    const errors = counts.map((c, k) => (cells[k] === null ? null : error(c, cells[k], n)));
    return rule.fits(errors.filter((e) => e !== null), n);
  }

  let work = 0;
  const spend = (amount) => { work += amount; if (work > steps) throw new Error("steps"); };

  // Every vector inside the windows that adds up to n.
  function vectors(ranges, n) {
    const found = [], counts = [];
    const least = Array(stages + 1).fill(0), most = Array(stages + 1).fill(0);
    for (let k = stages - 1; k >= 0; k--) {
      least[k] = least[k + 1] + ranges[k][0];
      most[k] = most[k + 1] + ranges[k][1];
    }
    (function go(k, left) {
      if (k === stages) { found.push([...counts]); return; }
      const low = Math.max(ranges[k][0], left - most[k + 1]), high = Math.min(ranges[k][1], left - least[k + 1]);
      for (let c = low; c <= high; c++) { spend(1); counts[k] = c; go(k + 1, left - c); }
    })(0, n);
    return found;
  }

  // Bounds of each cell: windows tightened by the columns' sums and the total's windows until nothing moves.
  function tighten(ranges, roof) {
    for (let moved = true; moved;) {
      moved = false;
      const narrow = (cell, low, high) => {
        if (low > cell[0]) { cell[0] = low; moved = true; }
        if (high < cell[1]) { cell[1] = high; moved = true; }
        return cell[0] <= cell[1];
      };
      for (const [g, column] of ranges.entries()) {
        const lows = sum(column.map((r) => r[0])), highs = sum(column.map((r) => r[1])), n = parts[g].n;
        for (const cell of column) {
          if (!narrow(cell, n - (highs - cell[1]), n - (lows - cell[0]))) return false;
        }
      }
      for (let k = 0; roof && k < stages; k++) {
        const row = ranges.map((column) => column[k]);
        const lows = sum(row.map((r) => r[0])), highs = sum(row.map((r) => r[1]));
        for (const cell of row) {
          if (!narrow(cell, roof[k][0] - (highs - cell[1]), roof[k][1] - (lows - cell[0]))) return false;
        }
      }
    }
    return true;
  }

  const tables = new Map(), low = [], high = [];
  let overflow = false;
  for (const name of rules) {
    const rule = RULES[name], read = parts.map((column) => published(column, rule));
    const all = total && published(total, rule);
    if (read.includes(null) || (total && all === null)) continue;
    const ranges = read.map((cells, g) => windows(cells, parts[g], rule));
    const roof = total && windows(all, total, rule);
    if (!tighten(ranges, roof)) continue;
    ranges.forEach((column, g) => column.forEach(([least, most], k) => {
      const at = g * stages + k;
      low[at] = Math.min(low[at] ?? Infinity, least);
      high[at] = Math.max(high[at] ?? -Infinity, most);
    }));
    if (overflow) continue;
    try {
      const listed = ranges.map((column, g) =>
        vectors(column, parts[g].n).filter((counts) => bound(counts, read[g], parts[g].n, rule)));
      const lows = [Array(stages).fill(0)], highs = [Array(stages).fill(0)]; // of the groups still to come
      for (let g = ranges.length - 1; g >= 0; g--) {
        lows.unshift(ranges[g].map((r, k) => r[0] + lows[0][k]));
        highs.unshift(ranges[g].map((r, k) => r[1] + highs[0][k]));
      }
      (function join(g, sums, table) {
        if (g === ranges.length) {
          if (total && !bound(sums, all, total.n, rule)) return;
          tables.set(table.join(), table);
          if (tables.size > limit) throw new Error("steps");
          return;
        }
        for (const counts of listed[g]) {
          spend(1);
          const next = sums.map((s, k) => s + counts[k]);
          const meets = !roof || next.every((s, k) =>
            s + lows[g + 1][k] <= roof[k][1] && s + highs[g + 1][k] >= roof[k][0]);
          if (meets) join(g + 1, next, [...table, ...counts]);
        }
      })(0, Array(stages).fill(0), []);
    } catch (reason) {
      if (reason.message !== "steps") throw reason;
      overflow = true;
    }
  }
  if (overflow) return { status: "too_many", tables: [low, high] };
  const status = ["none", "unique"][tables.size] ?? "several";
  return { status, tables: [...tables.values()] };
}

// The words of the page, which has no language of its own, and the patterns by which Python reads tables.
const words = JSON.parse(document.getElementById("words").textContent);
const find = (kind, text) => new RegExp(words.patterns[kind], "i").exec(text);
const match = (kind, text) => new RegExp(`^(?:${words.patterns[kind]})$`, "i").exec(text);
const is = (kind, text) => match(kind, text) !== null;
const isBelow = (text) => !text || is("in_head", text) || match("kind", text)?.groups.group === undefined && is("kind", text);
const plain = (label) => label.replace(new RegExp(`\\s*${words.patterns.note}$`), "") || label; // without a footnote
const turn = (rows) => rows[0].map((_, k) => rows.map((row) => row[k]));

// Rows of cells from a pasted table, by tabs, bars, semicolons, commas or wide gaps; lines around it are left out.
function split(text) {
  const lines = text.replace(/\r/g, "").replace(/[\u00a0\u2000-\u200a\u202f]/g, " ").replace(/[│┃]/g, "|")
    .replace(/(\d)·(?=\d)/g, "$1.").replace(/&nbsp;/g, " ")
    .replace(/(?<=^|[\t;,])"[^"\t]*"(?=[\t;,\n]|$)/gm, (quoted) => quoted.replace(/\n/g, " ")).split("\n")
    .filter((line) => line.trim() && !/^#(?![\t;,|])|^[\s|:+-]+$/.test(line) && !is("rule", line.trim()));
  const parted = (sign) => lines.filter((line) => (sign === "," ? line.replace(/\d,\d+(?=[\s%)*]|$)/g, "") : line).includes(sign));
  const mark = ["\t", "|", ";", ","].find((sign) => 2 * parted(sign).length > lines.length);
  const clean = (cells) => cells.map((cell) => cell.trim().replace(/\*\*/g, "").replace(/^"(.*)"$/, "$1").trim());
  const isFramed = lines.every((line) => /^\s*\||\|\s*$/.test(line));
  const bare = (line) => (mark === "|" && isFramed ? line.trim().replace(/^\||\|$/g, "") : line);
  const cell = new RegExp(`[${mark}](?:"(?:[^"]|"")*"(?=[${mark}]|$)|[^${mark}]*)`, "g"); // behind its mark, quoted or not
  const cut = (line) => clean((mark + bare(line)).match(cell).map((text) => text.slice(1)));
  const rows = mark ? lines.map(cut) : spaced(lines, (line, at) => clean(line.split(at)));
  const around = (row) => row && !row.slice(1).some(Boolean), width = usual(rows);
  const isTitle = ([row, below]) => row.length < width && below?.length === width && !below.slice(1).some((cell) => /^\d/.test(cell) || (cell && isBelow(cell)));
  while (rows.length && (around(rows[0]) || isTitle(rows))) rows.shift();
  const isNote = (row) => row && (around(row) || row.length < width) && (row.length < rows[0].length || find("remark", row[0]));
  while (isNote(rows.at(-1))) rows.pop();
  for (const row of rows) while (row.length > width && !row.at(-1)) row.pop();
  const [head = [], second = []] = rows;
  if (head.length === width - 1) rows[0] = ["", ...head];
  else if (head.length < width && second.slice(1).every(isBelow)) { // each group over several columns
    const names = (width - 1) % head.length ? head.slice(1) : head, each = (width - 1) / names.length;
    if (each % 1 === 0) rows[0] = ["", ...names.flatMap((name) => Array(each).fill(name))];
  }
  return rows;
}

// The length that most rows have.
function usual(rows) {
  const often = (length) => rows.filter((row) => row.length === length).length;
  return [...new Set(rows.map((row) => row.length))].sort((a, b) => often(b) - often(a) || b - a)[0];
}

// Rows of lines with wide gaps between their cells, else with single spaces before their figures; heads and n
// that begin where the labels stand have none.
function spaced(lines, cut) {
  let rows = lines.map((line) => cut(line.trim(), /\s{2,}/));
  if (usual(rows) < 2) rows = lines.map((line) => cut(line.trim(), /\s+(?=[<>≤≥]?\d[\d.,]*\s*%?(?:\s|$))/));
  const width = usual(rows), first = rows.findIndex((row) => row.length === width && /^[<>≤≥]?\d/.test(row[1]));
  for (let k = first - 1; k >= 0; k--) {
    const each = lines[k].trim().replace(/\s*=\s*/g, "=").split(/\s+/);
    const apart = [rows[k][0], ...rows[k].slice(1).join(" ").split(" ")]; // behind its label
    if (rows[k].length === 1 || each.length === width - 1) rows[k] = each;
    else if (rows[k].length < width && apart.length === width && !/^\s/.test(lines[k])) rows[k] = apart;
    if (rows[k].length === width - 1) rows[k].unshift("");
    if (!rows[k].every(isBelow)) return [...rows.slice(0, k).filter((row) => row.length === width), ...rows.slice(k)];
  }
  return rows;
}

// The rows without means and p-values, which are none of the answers or groups.
function withoutStatistics(rows) {
  const kept = (side) => side.filter((row, k) => !k || !is("statistic", row[0]));
  return turn(kept(turn(kept(rows))));
}

// Columns of n and of % under one group as one, with cells such as "277 (64.7 %)".
function pairColumns([head, ...rows]) {
  const groups = new Map();
  for (const [k, text] of head.slice(1).entries()) {
    const found = match("kind", text)?.groups, group = found?.group ?? "";
    const place = groups.get(group) ?? {};
    if (!found || (found.count && place.count)) return [head, ...rows];
    groups.set(group, { ...place, [found.count ? "count" : found.percent ? "percent" : "other"]: k + 1 });
  }
  const places = [...groups.values()];
  if (!places.every((place) => place.percent && !place.count === !places[0].count)) return [head, ...rows];
  const pair = (count, percent) => (count && percent ? `${count.replace(/[()]/g, "")} (${percent})` : percent);
  return [[head[0], ...groups.keys()], ...rows.map((row) => [row[0], ...places.map((place) => pair(row[place.count], row[place.percent]))])];
}

// The problem of a pasted table, or what is wrong with it: { problem, groups, stages, total } or { wrong, at }.
function read(text, rules) {
  for (const kind of ["weighted", "several"]) {
    const said = find(kind, text);
    if (said) return { wrong: kind, at: said[0] };
  }
  const rows = split(text), odd = rows.find((row) => row.length !== rows[0].length);
  if (odd) return { wrong: "ragged", at: odd.find(Boolean) };
  if (rows.length < 3 || rows[0].length < 2) return { wrong: "form" };
  const labelled = (side) => side.filter((row) => row.some(Boolean)).map(([label, ...cells]) => [plain(label), ...cells]);
  const table = turn(labelled(turn(labelled(rows))));
  const sides = [withoutStatistics(table), table].flatMap((side) => [side, turn(side)]);
  const readings = [true, false].flatMap((isCountFirst) => sides.map((side) => readSide(side, rules, isCountFirst)));
  return readings.filter(({ wrong }) => !wrong).sort((a, b) => a.miss - b.miss)[0] ?? readings[0];
}

function readSide([head, ...rows], rules, isCountFirst) {
  while (rows[0] && !rows[0][0] && rows[0].every((text) => !/\d/.test(text) || find("in_head", text))) { // more heads
    const below = rows.shift();
    head = head.map((text, k) => [text || head.slice(1, k).findLast(Boolean) || "", below[k]].join(" ").trim());
  }
  [head, ...rows] = pairColumns([head, ...rows]);
  const ending = head.slice(1).map((name) => match("bare_size", name));
  const isSize = ending.every(Boolean) && !ending.every(([, , n]) => /^(19|20)\d\d$/.test(n));
  const sized = head.slice(1).map((name, g) => {
    const found = find("in_head", name);
    return found ? [name.replace(found[0], " ").trim(), found[1] ?? found[2]] : isSize ? ending[g].slice(1) : [name, ""];
  });
  const names = sized.map(([name]) => plain(name)), inHead = sized.every(([, n]) => n);
  const whole = (cell) => (is("whole", cell) ? +cell.replace(/\D/g, "") : null);
  const figureOf = (cell) => cell.replace(new RegExp(words.patterns.per_cent, "i"), "").replace(new RegExp(words.patterns.mark), "");
  const pairOf = (cell) => { // the count and the share in "277 (64.7 %)" or "64.7 % (277)"
    const [, first, sign, second] = /^([\d., ]*\d)\s*(%?)\s*(?:(?:\/|of)\s*\d+\s*)?\((.*)\)$/.exec(figureOf(cell)) ?? [];
    const pair = sign || (!isCountFirst && !second?.includes("%")) ? [second, first] : [first, second];
    return pair[0] && is("whole", pair[0]) ? pair : null;
  };
  const shareOf = (cell) => pairOf(cell)?.[1] ?? figureOf(cell);
  const isPaired = rows.some((row) => row.slice(1).some(pairOf));
  const sizeRow = rows.findLast(([label]) => is("size", label) && !(inHead && label.length === 1)); // N may be no
  const isSum = ([label, ...cells]) => (!label || is("sum", label.replace(/:$/, "")) || is("total", label)) && cells.every((cell) => /^(9[789]|10[0123])([.,]\d+)?\s*%?$/.test(shareOf(cell)));
  const isMissing = ([label, ...cells]) => is("no_answer", label) && (label.endsWith("(n)") || (isPaired && !cells.some(pairOf)));
  const body = rows.filter((row) => row !== sizeRow && !isSum(row) && !isMissing(row) && (row[0] || /\d/.test(row)));
  const answers = body.filter((row, k) => k || row.slice(1).some(Boolean)); // not a question above them
  if (answers.length < 2) return { wrong: "form" };
  const sizes = names.map((_, g) => (answers.every((row) => pairOf(row[g + 1])) ? answers.reduce((n, row) => n + whole(pairOf(row[g + 1])[0]), 0)
    : whole(sizeRow ? sizeRow[g + 1].replace(/[()]/g, "") : sized[g][1])));
  const unknown = sizes.findIndex((n) => !n);
  if (unknown >= 0 && sizeRow?.[unknown + 1]) return { wrong: "number", at: `${names[unknown]}, ${sizeRow[unknown + 1]}` };
  if (unknown >= 0) return names[unknown] ? { wrong: "size", at: names[unknown] } : { wrong: "form" };
  if (names.length === 1) names[0] ||= `n = ${sizes[0]}`;
  const twice = [names, answers.map(([label]) => label)].flatMap((all) => all.filter((name, k) => all.indexOf(name) < k));
  if (twice.length) return { wrong: "twice", at: twice[0] };
  const columns = names.map((_, g) => ({ n: sizes[g], cells: answers.map(() => null), steps: answers.map(() => 1) }));
  const printed = [];
  for (const [k, row] of answers.entries()) {
    for (const [g, cell] of row.slice(1).entries()) {
      const figure = shareOf(cell);
      if (is("hidden", figure)) continue;
      const match = /^(\d{0,3})(?:[.,](\d{0,4}))?\s*%?$/.exec(figure);
      if (!match || !/\d/.test(figure) || parseFloat(figure.replace(",", ".")) > 100) return { wrong: "cell", at: `${row[0]}, ${names[g]}: ${cell}` };
      printed.push([columns[g], k, match[1], match[2] ?? ""]);
    }
  }
  const decimals = Math.max(0, ...printed.map(([, , , digits]) => digits.length));
  for (const [column, k, figure, digits] of printed) {
    column.cells[k] = +(figure + digits.padEnd(decimals, "0"));
    column.steps[k] = 10 ** (decimals - digits.length);
  }
  const known = columns.map(({ cells }) => (cells.includes(null) ? null : cells.reduce((a, b) => a + b, 0)));
  const isOfOne = known.every((sum) => Math.abs(sum / 10 ** decimals - 1) <= 0.05); // shares such as 0.647
  const unit = (isOfOne ? 1 : 100) * 10 ** decimals, sums = known.map((sum) => sum ?? unit);
  const asCells = names.map((name) => (/^\d{1,2}([.,]\d+)?\s*%?$/.test(name) ? parseFloat(name.replace(",", ".")) / 100 : NaN));
  const away = (heads) => sums.reduce((all, sum, g) => all + Math.abs(1 - sum / unit - heads[g]), 0);
  if (away(asCells) < away(names.map(() => 0))) return { wrong: "form" }; // figures stand where the groups' names should
  const miss = sums.reduce((most, sum) => Math.max(most, Math.abs(sum / unit - 1)), 0);
  const every = sizes.reduce((a, b) => a + b, 0);
  const all = names.length > 2 ? names.findIndex((name, g) => is("total", name) && 2 * sizes[g] === every) : -1;
  const parts = columns.filter((_, g) => g !== all);
  const problem = { unit, parts, total: columns[all] ?? null, rules, limit: 10000, steps: 3e6 };
  const off = columns.map(({ steps }) => steps.reduce((a, b) => a + b, 0) / 2); // as far as rounding reaches
  const together = sums.reduce((a, b, g) => (g === all ? a : a + b), 0);
  const reach = off.reduce((a, b, g) => (g === all ? a : a + b), 0);
  const ofAll = parts.length > 1 && !sums.includes(unit) && Math.abs(together - unit) <= reach;
  const told = (some) => names.flatMap((name, g) => (some(sums[g] - unit, off[g]) ? [[name, (100 * sums[g]) / unit]] : []));
  const sides = { low: told((d) => d < 0), too_low: told((d, most) => d < -most), too_high: told((d, most) => d > most) };
  return {
    problem, ofAll, decimals: isOfOne ? Math.max(0, decimals - 2) : decimals, ...sides, miss, groups: names.filter((_, g) => g !== all),
    stages: answers.map((row) => row[0]), total: names[all], corner: head[0],
  };
}

// Standard normal quantile, by bisection on the series of the distribution function.
function quantile(p) {
  const below = (z) => {
    let term = z, total = z;
    for (let k = 1; Math.abs(term) > 1e-17; k++) { term *= (z * z) / (2 * k + 1); total += term; }
    return 0.5 + (total * Math.exp((-z * z) / 2)) / Math.sqrt(2 * Math.PI);
  };
  let low = 0, high = 8;
  for (let k = 0; k < 80; k++) { const z = (low + high) / 2; if (below(z) < p) low = z; else high = z; }
  return (low + high) / 2;
}

// Newcombe's interval of x1/n1 - x2/n2 (1998, method 10).
function newcombe(x1, n1, x2, n2, z) {
  const wilson = (x, n) => {
    const middle = (2 * x + z * z) / (2 * (n + z * z));
    const half = (z * Math.sqrt(z * z + 4 * x * (1 - x / n))) / (2 * (n + z * z));
    return [x / n, middle - half, middle + half];
  };
  const [p, l1, u1] = wilson(x1, n1), [q, l2, u2] = wilson(x2, n2), d = p - q;
  return [d - Math.hypot(p - l1, u2 - q), d + Math.hypot(u1 - p, q - l2)];
}

// Fisher's exact two-sided p: all tables with these margins that are no more probable.
function fisher(x1, n1, x2, n2) {
  const both = x1 + x2, least = Math.max(0, both - n2), logs = [0];
  for (let x = least; x < Math.min(n1, both); x++) {
    logs.push(logs.at(-1) + Math.log(((n1 - x) / (x + 1)) * ((both - x) / (n2 - both + 1 + x))));
  }
  const top = logs.reduce((a, b) => Math.max(a, b)), own = logs[x1 - least] + 1e-7;
  const sum = (values) => values.reduce((total, log) => total + Math.exp(log - top), 0);
  return sum(logs.filter((log) => log <= own)) / sum(logs);
}

// One row per pair of groups and stage: difference over all tables, simultaneous interval, and what holds.
function compare(answer, parts) {
  const groups = parts.length, stages = parts[0].cells.length, rows = [];
  const family = ((groups * (groups - 1)) / 2) * (stages + Math.max(0, stages - 3) + 1);
  const z = quantile(1 - 0.05 / family / 2), known = new Map();
  // Widened to zero where Fisher's test does not exclude it: alone it is wrong too often for unequal groups.
  const interval = (a, n1, b, n2) => {
    const key = [a, n1, b, n2].join();
    if (!known.has(key)) {
      const [low, high] = newcombe(a, n1, b, n2, z), open = fisher(a, n1, b, n2) > 0.05 / family;
      known.set(key, open ? [Math.min(low, 0), Math.max(high, 0)] : [low, high]);
    }
    return known.get(key);
  };
  for (let i = 0; i < groups; i++) for (let j = i + 1; j < groups; j++) for (let k = 0; k < stages; k++) {
    const x = (table, g) => table[g * stages + k], [n1, n2] = [parts[i].n, parts[j].n];
    const [first, second] = answer.tables;
    const pairs = answer.status === "too_many"
      ? [[x(first, i), x(second, j)], [x(second, i), x(first, j)]]
      : answer.tables.map((table) => [x(table, i), x(table, j)]);
    const differences = pairs.map(([a, b]) => a / n1 - b / n2);
    const intervals = pairs.map(([a, b]) => interval(a, n1, b, n2));
    const clear = intervals.map(([low, high]) => Math.sign(low) === Math.sign(high) ? Math.sign(low) : 0);
    const held = clear.every((sign) => sign === clear[0] && sign) ? "clear" : clear.some(Boolean) ? "open" : "not clear";
    rows.push({
      first: i, second: j, stage: k, verdict: held,
      least: Math.min(...differences), most: Math.max(...differences),
      low: Math.min(...intervals.map((ends) => ends[0])), high: Math.max(...intervals.map((ends) => ends[1])),
    });
  }
  return rows;
}

function main() {
  const form = document.querySelector("form"), out = document.getElementById("answer");
  const number = (value, digits = 0) => value.toLocaleString(document.documentElement.lang,
    { minimumFractionDigits: digits, maximumFractionDigits: digits }).replace("-", "\u2212");
  const say = (key, values = {}) => words[key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
  const points = (value) => (value >= 0.0005 ? "+" : "") + number(100 * value, 1).replace(/^\u2212(0[.,]0)$/, "$1");
  const span = (low, high, show, key = "range_signed") =>
    (show(low) === show(high) ? show(low) : say(key, { low: show(low), high: show(high) }));
  let worker = null, clock = 0;

  function add(parent, tag, text = "", attributes = {}) {
    const element = parent.appendChild(document.createElement(tag));
    element.textContent = text;
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    return element;
  }

  function addTable(caption, head, rows) {
    const frame = add(out, "div", "", { class: "scroll", tabindex: "0", role: "region", "aria-label": caption });
    const table = add(frame, "table");
    add(table, "caption", caption);
    const top = add(add(table, "thead"), "tr");
    head.forEach((cell) => add(top, "th", cell, { scope: "col" }));
    const body = add(table, "tbody");
    for (const [[label, ...cells], kind] of rows) {
      const row = add(body, "tr", "", kind ? { class: kind } : {});
      add(row, "th", label, { scope: "row" });
      cells.forEach((cell) => add(row, "td", cell));
    }
  }

  function show(answer, asked) {
    const { groups, stages, problem } = asked, corner = asked.corner || words.corner, count = answer.tables.length;
    const holds = { n_tables: number(count), limit: number(problem.limit) };
    add(out, "h2", say(answer.status, holds), { class: "finding" });
    const column = asked.total ? "with_total" : groups.length > 1 && "without_total";
    add(out, "p", [...(column ? [say(column, { total: asked.total })] : []), words.assumed].join(" "));
    const sums = (known) => ({ sums: known.map(([name, sum]) => `${name} ${number(sum, asked.decimals)}`).join("; ") });
    if (answer.status === "none") {
      if (asked.ofAll) add(out, "p", words.none_whole);
      else if (asked.too_high.length) add(out, "p", say("none_high", sums(asked.too_high)));
      else if (asked.too_low.length) add(out, "p", say("none_low", sums(asked.too_low)));
      add(out, "p", words.why_none);
      return;
    }
    if (asked.low.length) add(out, "p", say("low_sums", sums(asked.low)));
    const ends = groups.flatMap((_, g) => stages.map((_, k) => {
      const values = answer.tables.map((table) => table[g * stages.length + k]);
      return [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))];
    }));
    const cell = (g, k) => span(...ends[g * stages.length + k], (value) => number(value), "range");
    const caption = { unique: words.the_table, several: words.the_bounds, too_many: words.the_limits }[answer.status];
    addTable(caption, [corner, ...groups],
      stages.map((stage, k) => [[stage, ...groups.map((_, g) => cell(g, k))]]));
    if (groups.length < 2) return;
    const rows = compare(answer, problem.parts), pairs = new Map();
    rows.forEach((row) => pairs.set(`${groups[row.first]} \u2212 ${groups[row.second]}`, [row.first, row.second]));
    for (const [name, [i, j]] of pairs) {
      addTable(say("differences", { pair: name }), [corner, words.difference, words.interval, words.verdict],
        rows.filter((row) => row.first === i && row.second === j).map((row) => [
          [stages[row.stage], span(row.least, row.most, points), span(row.low, row.high, points), words[row.verdict]],
          row.verdict === "clear" && "clear"]));
    }
    add(out, "p", words.promise);
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    worker?.terminate();
    clearTimeout(clock);
    out.replaceChildren();
    const asked = read(form.elements.table.value, form.elements.rule.value.split(" "));
    if (asked.wrong) {
      const at = asked.at?.replace(/(.{80}).+/s, "$1…");
      add(out, "p", say(`wrong_${asked.wrong}`, { at }), { class: "wrong" });
      return;
    }
    add(out, "p", words.working);
    const source = `${engine}; onmessage = (event) => postMessage(engine(event.data));`;
    const address = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
    worker = new Worker(address);
    URL.revokeObjectURL(address);
    const end = (fill) => { worker.terminate(); clearTimeout(clock); out.replaceChildren(); fill(); };
    worker.onmessage = (message) => end(() => show(message.data, asked));
    worker.onerror = () => end(() => add(out, "p", words.too_large, { class: "wrong" }));
    clock = setTimeout(worker.onerror, 10000);
    worker.postMessage(asked.problem);
  });
}
main();
