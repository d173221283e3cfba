"use strict";
// Everything that comes from a file is set as text, never as HTML
const data = JSON.parse(document.getElementById("rows").textContent);
const form = document.querySelector("#browser form");
const list = document.getElementById("list");
const more = document.getElementById("more");
const STEP = 30;
let found = [], shown = 0;

function put(parent, tag, text, name) {
  const element = document.createElement(tag);
  if (text !== undefined) element.textContent = text;
  if (name) element.className = name;
  parent.append(element);
  return element;
}

function verdict(run, row) {
  if (row.s !== "ok") return "failed";
  if (row.w === null || row.w === undefined) return "";
  return (run.share ? row.w > 0 : row.w >= 3) ? "right" : "wrong";
}

function draw(run, row) {
  const item = put(list, "li");
  const state = verdict(run, row);
  const word = state === "failed" ? row.s.replace("_", " ") : run.share ? state : `score ${row.w}`;
  if (state) put(item, "span", word, `mark ${state}`);
  put(item, "div", `row ${row.n} · ${row.v}${row.t ? " · " + row.t : ""}`, "where");
  for (const question of row.q) put(item, "div", question, "question");
  const picture = data.pictures[row.v];
  if (picture) {
    const image = put(item, "img");
    image.src = picture;
    image.alt = `frames of ${row.v}`;
    image.loading = "lazy";
  }
  if (row.o.length) {
    const options = put(item, "ul", undefined, "options");
    row.o.forEach((text, number) => {
      const letter = String.fromCharCode(65 + number);
      put(options, "li", `(${letter}) ${text}`, number === row.r ? "right" : "");
    });
  } else if (row.a) {
    put(item, "div", `true: ${row.a}`, "true");
  }
  for (const answer of row.p) put(item, "div", `answer: ${answer}`, "said");
  if (row.c !== null) put(item, "div", `likeliest letter: ${String.fromCharCode(65 + row.c)}`, "where");
  if (row.e) put(item, "div", row.e, "where");
}

function next() {
  const run = data.runs[form.run.value];
  for (const row of found.slice(shown, shown + STEP)) draw(run, row);
  shown = Math.min(found.length, shown + STEP);
  more.hidden = shown >= found.length;
}

function filter() {
  const run = data.runs[form.run.value];
  const text = form.text.value.toLowerCase();
  found = run.rows.filter((row) =>
    (form.show.value === "all" || verdict(run, row) === form.show.value) &&
    (!form.type.value || row.t === form.type.value) &&
    (!text || [row.v, row.a, ...row.q, ...row.p, ...row.o].join("\n").toLowerCase().includes(text)));
  form.count.value = `${found.length} of ${run.rows.length} rows`;
  list.replaceChildren();
  shown = 0;
  next();
}

function types() {
  const kinds = [...new Set(data.runs[form.run.value].rows.map((row) => row.t))].filter(Boolean).sort();
  form.type.replaceChildren(new Option("all", ""), ...kinds.map((kind) => new Option(kind, kind)));
}

data.runs.forEach((run, number) => form.run.append(new Option(run.name, number)));
form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("input", (event) => { if (event.target.name === "run") types(); filter(); });
more.addEventListener("click", next);
types();
filter();
