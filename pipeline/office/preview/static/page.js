// The designer's page. It shows what the server printed; it draws no ink itself. Texts go in as text, never as markup.

const $ = (id) => document.getElementById(id);
const SVG = "http://www.w3.org/2000/svg";
const PX = 96 / 25400; // CSS pixels of a µm at print size
const ZOOMS = [["fit", "全体"], ["1", "実寸"], ["1.5", "150%"], ["2", "200%"], ["3", "300%"], ["4", "400%"], ["6", "600%"]];
const OVERLAYS = [
  ["trim", "仕上がり線", "T"], ["bleed", "塗り足し", "B"], ["safe", "安全域・印字できる範囲", "S"], ["field", "項目の枠と名前", "F"],
  ["grid", "5 mm 方眼", "G"], ["baseline", "文字の並び線", "L"], ["quiet", "コードの余白", "Q"],
];
const SAMPLES = {
  typical: "標準", dependant: "家族", longest: "長い氏名・住所", rare: "珍しい字", variant: "異体字", foreign: "外国籍・通称名",
  over70: "70 歳以上", unlinked: "番号なし",
};
const BESIDE = new Set(["compare", "copy"]);
const MATERIALS = { plastic: "カード", paper: "紙" };
const state = { document: "", issuer: "", sample: "", mode: "piece", sheet: "", zoom: "fit" };
const shown = { catalogue: null, source: null, look: null, loading: null, dpi: 0, version: 0 };

const element = (tag, properties = {}, ...children) => {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
};
const option = (value, text, selected) => element("option", { value, textContent: text, selected });
const millimetres = (width, height) => `${width / 1000} × ${height / 1000} mm`;

// Where we are stands in the address, so that back, reload and bookmarks work.

function read_address() {
  const [path, words] = location.hash.replace(/^#\/?/, "").split("?");
  const [name, issuer] = path.split("/").map(decodeURIComponent);
  const asked = new URLSearchParams(words || "");
  const before = state.document;
  Object.assign(state, { document: name || "", issuer: issuer || "" });
  for (const key of ["sample", "sheet"]) state[key] = asked.get(key) || "";
  state.mode = asked.get("mode") || "piece";
  state.zoom = asked.get("zoom") || "fit";
  if (before !== state.document) clear_look();
  state.document ? open_desk() : open_gallery();
}

function go(change) {
  const next = { ...state, ...change };
  const words = new URLSearchParams();
  for (const key of ["mode", "sample", "sheet", "zoom"]) if (next[key] && !(key === "mode" && next[key] === "piece")) words.set(key, next[key]);
  const tail = words.size ? `?${words}` : "";
  location.hash = `#/${encodeURIComponent(next.document)}/${encodeURIComponent(next.issuer)}${tail}`;
}

// Gallery

async function load_catalogue() {
  const answer = await fetch("/catalogue");
  if (!answer.ok && shown.catalogue) return; // a file was away for a moment; the next save brings the rest
  shown.catalogue = await answer.json();
  const issuers = shown.catalogue.issuers;
  const kept = $("filter-issuer").value;
  $("filter-issuer").replaceChildren(option("", "すべて"), ...issuers.map(([id, name]) => option(id, name, id === kept)));
}

function open_gallery() {
  $("desk").hidden = true;
  $("gallery").hidden = false;
  $("heading").textContent = "帳票の一覧";
  document.title = "下見 — shikaku";
  connect("/gallery-news", async (told) => {
    shown.version += 1;
    tell(told.changed, "");
    await load_catalogue();
    draw_gallery();
  });
  draw_gallery();
}

function draw_gallery() {
  const { entries, issuers, sheets, problems } = shown.catalogue;
  const wanted = $("filter").value.trim().toLowerCase();
  const only = $("filter-issuer").value;
  const names = Object.fromEntries(issuers);
  let count = 0;
  const shelves = entries.filter((one) => !wanted || `${one.title} ${one.id}`.toLowerCase().includes(wanted)).map((one) => {
    const used = (one.issuers.length ? one.issuers : issuers.map(([id]) => id)).filter((id) => !only || id === only);
    if (!used.length) return null;
    count += used.length;
    const told = `${one.id}　${MATERIALS[one.material]}　${millimetres(one.width, one.height)}${one.issuers.length ? "" : "　交付する保険者はまだありません"}`;
    return element("section", { className: "shelf" },
      element("h2", {}, one.title, element("small", { textContent: told })),
      element("ul", { className: "prints" }, ...used.map((id) => print_card(one, id, names[id]))));
  }).filter(Boolean);
  const designs = element("section", { className: "shelf" }, element("h2", {}, "用紙と面付け"),
    element("ul", { className: "prints" }, ...sheets.map(([id, name]) => sheet_card(id, name, entries)).filter(Boolean)));
  $("shelves").replaceChildren(...shelves, ...(wanted || only ? [] : [designs]));
  $("gallery-told").textContent = `${shelves.length} 帳票・${count} 種の組み合わせ`;
  $("gallery-problems").replaceChildren(...problems.map(draw_problem));
}

function card(href, image, left, right) {
  const frame = element("span", { className: "frame" });
  const picture = element("img", { loading: "lazy", alt: "", src: image });
  picture.addEventListener("error", () => { picture.remove(); frame.classList.add("bad"); });
  frame.append(picture);
  const link = element("a", { href }, frame, element("span", { className: "name" }, element("span", { textContent: left }), element("span", { textContent: right })));
  return element("li", {}, link);
}

function print_card(entry, issuer, name) {
  const words = new URLSearchParams({ document: entry.id, issuer, v: shown.version });
  const made = card(`#/${entry.id}/${issuer}`, `/thumb?${words}`, name, "");
  made.firstChild.setAttribute("aria-label", `${entry.title} ${name}`);
  return made;
}

function sheet_card(id, name, entries) {
  const entry = entries.find((one) => one.sheets.includes(id) && one.issuers.length);
  if (!entry) return null;
  const issuer = entry.issuers[0];
  const words = new URLSearchParams({ document: entry.id, issuer, sheet: id, v: shown.version });
  const made = card(`#/${entry.id}/${issuer}?mode=sheet&sheet=${id}`, `/thumb?${words}`, name, "");
  made.firstChild.setAttribute("aria-label", `用紙 ${name}`);
  return made;
}

// Desk

const entry_of = () => shown.catalogue.entries.find((one) => one.id === state.document);

function open_desk() {
  const entry = entry_of();
  $("gallery").hidden = true;
  $("desk").hidden = false;
  const title = entry ? entry.title : state.document;
  $("heading").textContent = title;
  document.title = `${title} — 下見`;
  const { issuers, samples } = shown.catalogue;
  $("issuer").replaceChildren(...issuers.map(([id, name]) => option(id, name + (entry && !entry.issuers.includes(id) ? "（未使用）" : ""), id === state.issuer)));
  $("sample").replaceChildren(option("", "対象になる最初の見本"), ...samples.map((name) => option(name, SAMPLES[name] ? `${SAMPLES[name]}（${name}）` : name, name === state.sample)));
  $("zoom").replaceChildren(...ZOOMS.map(([value, text]) => option(value, text, value === state.zoom)));
  for (const button of $("modes").children) button.setAttribute("aria-pressed", String(button.dataset.mode === state.mode));
  $("sample").disabled = state.mode === "contact";
  $("approve").hidden = !["piece", "compare"].includes(state.mode);
  watch_view();
}

function clear_look() {
  shown.loading?.removeAttribute("src");
  shown.look = null;
  $("stage").replaceChildren(element("p", { className: "empty", textContent: "印刷しています…" }));
  $("problems").replaceChildren();
  $("log").replaceChildren();
  $("facts").replaceChildren();
}

function watch_view() {
  shown.dpi = wanted_dpi();
  const words = new URLSearchParams({ document: state.document, issuer: state.issuer, sample: state.sample, mode: state.mode, sheet: state.sheet, dpi: shown.dpi });
  $("stage").classList.add("busy");
  connect(`/live?${words}`, show_look);
}

function connect(address, heard) {
  shown.source?.close();
  const source = new EventSource(address);
  shown.source = source;
  source.onopen = () => line("live", "保存を待っています");
  source.onerror = () => line("lost", "接続が切れました");
  source.onmessage = (event) => { if (shown.source === source) heard(JSON.parse(event.data)); };
}

function line(kind, text) {
  $("line").className = `line ${kind}`;
  $("line-text").textContent = text;
}

async function show_look(look) {
  const images = new Map();
  for (const pane of look.panes) for (const one of pane.pictures) images.set(one, element("img", { alt: [pane.title, one.label].filter(Boolean).join(" ") }));
  const late = [...images].filter(([one]) => one.late);
  await Promise.all([...images].filter(([one]) => !one.late).map(([one, image]) => load(one, image)));
  const first = !shown.look;
  shown.loading?.removeAttribute("src"); // nobody waits for it any more
  shown.look = look;
  draw_look(images);
  if (look.changed.length) tell(look.changed, `${Math.max(0, Math.round(Date.now() - 1000 * look.seen))} ms`);
  if (first && look.panes.length && wanted_dpi() > shown.dpi * 1.15) watch_view(); // sizes are known only now
  requestAnimationFrame(() => { document.body.dataset.shown = `${look.number} ${Date.now()}`; }); // when this frame is drawn
  for (const [one, image] of late) { // one after the other: a browser has few connections, and the next look needs one
    if (shown.look !== look) return;
    shown.loading = image;
    await load(one, image);
    image.parentElement.classList.remove("awaited");
  }
}

function load(one, image) {
  image.src = `/${one.src}`;
  return image.decode().catch(() => undefined);
}

function draw_look(images) {
  const look = shown.look;
  const stage = $("stage");
  const at = [stage.scrollLeft, stage.scrollTop];
  stage.classList.remove("busy");
  stage.classList.toggle("stale", look.stale);
  const panes = look.panes.map((pane) => element("section", { className: "pane" },
    pane.title && element("h2", {}, SAMPLES[pane.title] ? `${SAMPLES[pane.title]}（${pane.title}）` : pane.title),
    pane.told && element("p", { textContent: pane.told }),
    ...pane.problems.map(draw_problem),
    element("div", { className: "pages" }, ...pane.pictures.map((one) => draw_page(one, images.get(one))))));
  const body = panes.length ? element("div", { className: BESIDE.has(state.mode) ? "panes beside" : "panes" }, ...panes) : element("p", { className: "empty", textContent: "まだ印刷できません。右の問題を直して保存してください。" });
  stage.replaceChildren(...(look.stale ? [element("p", { className: "stale-note" }, element("span", { textContent: "問題があるため、直前の正しい印刷を示しています" }))] : []), body);
  stage.scrollTo(...at);
  const told = $("problems");
  told.replaceChildren(...look.problems.map(draw_problem));
  const entry = entry_of();
  const sheets = entry?.sheets || [];
  $("sheet-choice").hidden = state.mode !== "sheet";
  $("sheet").replaceChildren(option("", "保険者の設定のとおり"), ...shown.catalogue.sheets.filter(([id]) => sheets.includes(id)).map(([id, name]) => option(id, name, id === state.sheet)));
  const facts = entry ? [["寸法", millimetres(entry.width, entry.height)], ["素材", MATERIALS[entry.material]], ["フォルダー", entry.id], ["承認版", look.approved ? "あり" : "なし"]] : [];
  $("facts").replaceChildren(...facts.flatMap(([name, text]) => [element("dt", { textContent: name }), element("dd", { textContent: text })]));
}

function draw_page(one, image) {
  const scale = scale_of();
  const paper = element("div", { className: one.late ? "paper awaited" : "paper" }, image);
  paper.style.width = `${one.width * scale}px`;
  paper.style.height = `${one.height * scale}px`;
  paper.append(draw_overlays(one, scale));
  return element("figure", { className: "page" }, paper, element("figcaption", { textContent: one.label }));
}

function draw_overlays(one, scale) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", `0 0 ${one.width} ${one.height}`);
  svg.setAttribute("aria-hidden", "true");
  const add = (kind, tag, attributes, text = "") => {
    const made = document.createElementNS(SVG, tag);
    made.setAttribute("class", `over ${kind}`);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.textContent = text;
    svg.append(made);
  };
  const ring = ([left, top, width, height], [l, t, w, h]) => `M${left} ${top}h${width}v${height}h${-width}z M${l} ${t}h${w}v${h}h${-w}z`;
  const boxes = (kind) => one.overlays.filter((over) => over[0] === kind).map(([, label, ...box]) => ({ label, box }));
  const trims = boxes("trim");
  for (const { box: [x, y, w, h] } of trims.slice(0, 1)) {
    for (let at = 0; at <= w; at += 5000) add("grid", "path", { d: `M${x + at} ${y}v${h}` });
    for (let at = 0; at <= h; at += 5000) add("grid", "path", { d: `M${x} ${y + at}h${w}` });
  }
  boxes("bleed").forEach(({ box }, n) => add("bleed", "path", { d: ring(box, trims[n].box) }));
  const codes = boxes("field");
  for (const { label, box } of boxes("quiet")) add("quiet", "path", { d: ring(box, codes.find((code) => inside(code.box, box))?.box || box) });
  for (const kind of ["trim", "safe", "field"]) for (const { box: [x, y, width, height] } of boxes(kind)) add(kind, "rect", { x, y, width, height });
  for (const { box: [x, y, width] } of boxes("baseline")) add("baseline", "path", { d: `M${x} ${y}h${width}` });
  for (const { label, box: [x, y] } of codes) if (label) add("label", "text", { x: x + 1 / scale, y: y + 2.5 / scale, "font-size": 8.5 / scale }, label);
  return svg;
}

const inside = ([l, t, w, h], [left, top, width, height]) => l >= left && t >= top && l + w <= left + width && t + h <= top + height;

function draw_problem(one) {
  return element("div", { className: "problem" }, element("code", { textContent: one.place }), element("p", { textContent: one.message }), element("p", { className: "hint", textContent: one.hint }));
}

function tell(changed, took) {
  if (!changed.length) return;
  $("news").replaceChildren(`保存：${changed.join("、")}　`, element("b", { textContent: took }));
  const now = new Date().toLocaleTimeString("ja-JP");
  $("log").prepend(element("li", {}, element("span", { textContent: changed.join("、") }), element("span", { textContent: took || now })));
  while ($("log").children.length > 12) $("log").lastChild.remove();
}

// Sizes: CSS pixels of a µm. What is shown as a whole is as large as the stage lets it be.

function scale_of() {
  if (state.zoom !== "fit") return PX * Number(state.zoom);
  const all = shown.look?.panes.flatMap((pane) => pane.pictures) || [];
  const entry = entry_of();
  const [width, height] = all.length ? [Math.max(...all.map((one) => one.width)), Math.max(...all.map((one) => one.height))] : [entry?.width || 100000, entry?.height || 100000];
  const room = { width: $("stage").clientWidth - 48, height: $("stage").clientHeight - 44 };
  const heads = state.mode === "piece" || state.mode === "sheet" ? 24 : 78;
  const many = state.mode === "contact" ? 8 : state.mode === "plates" ? Math.max(2, all.length) : Math.max(1, all.length);
  let best = 0;
  if (BESIDE.has(state.mode)) { // panes beside each other, their pages one under the other
    const panes = shown.look?.panes.filter((pane) => pane.pictures.length) || [];
    const [across, down] = [Math.max(1, panes.length), Math.max(1, ...panes.map((pane) => pane.pictures.length))];
    return Math.max(PX * 0.3, Math.min((room.width - 22 * (across - 1)) / across / width, (room.height - heads - 38 * down) / down / height));
  }
  for (let across = 1; across <= many; across += 1) {
    const rows = Math.ceil(many / across);
    best = Math.max(best, Math.min((room.width - 22 * (across - 1)) / across / width, (room.height - (heads + 22) * rows + 22) / rows / height));
  }
  return Math.max(best, PX * 0.3);
}

const wanted_dpi = () => Math.min(1200, Math.max(40, Math.ceil(scale_of() * 25400 * (window.devicePixelRatio || 1))));

function step(select, by) {
  const at = select.selectedIndex + by;
  if (at < 0 || at >= select.options.length) return;
  select.selectedIndex = at;
  select.dispatchEvent(new Event("change"));
}

function step_document(by) {
  const entries = shown.catalogue.entries;
  const next = entries[entries.findIndex((one) => one.id === state.document) + by];
  if (next) go({ document: next.id, issuer: next.issuers.includes(state.issuer) || !next.issuers.length ? state.issuer : next.issuers[0], sheet: "" });
}

function switch_overlay(kind, on) {
  $("stage").classList.toggle(`show-${kind}`, on);
  $(`over-${kind}`).checked = on;
}

async function approve() {
  const words = new URLSearchParams({ document: state.document, issuer: state.issuer, sample: state.sample });
  const answer = await fetch(`/approved?${words}`, { method: "POST" });
  $("news").textContent = answer.ok ? "今の印刷を承認版として記録しました。" : "記録できませんでした。問題を直してからお試しください。";
}

// Keys

const KEYS = [
  ...[...$("modes").children].map((button, n) => [String(n + 1), button.textContent, () => on_desk(() => button.click())]),
  ...OVERLAYS.map(([kind, text, key]) => [key.toLowerCase(), text, () => on_desk(() => switch_overlay(kind, !$(`over-${kind}`).checked))]),
  ["[", "前の見本", () => on_desk(() => step($("sample"), -1))], ["]", "次の見本", () => on_desk(() => step($("sample"), 1))],
  [",", "前の帳票", () => on_desk(() => step_document(-1))], [".", "次の帳票", () => on_desk(() => step_document(1))],
  ["+", "大きく", () => on_desk(() => step($("zoom"), 1))], ["-", "小さく", () => on_desk(() => step($("zoom"), -1))],
  ["0", "全体を示す", () => on_desk(() => go({ zoom: "fit" }))], ["9", "実寸で示す", () => on_desk(() => go({ zoom: "1" }))],
  ["h", "一覧へ", () => { location.hash = ""; }], ["/", "一覧で探す", () => { location.hash = ""; setTimeout(() => $("filter").focus()); }],
  ["?", "この一覧", () => $("help").showModal()],
];

const on_desk = (work) => { if (!$("desk").hidden) work(); };

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || $("help").open || !$("keys-on").checked) return;
  if (event.target.matches("input:not([type=checkbox]), select, textarea")) return;
  const found = KEYS.find(([key]) => key === event.key || (key === "+" && event.key === ";"));
  if (!found) return;
  event.preventDefault();
  found[2]();
});

function begin() {
  $("overlays").append(...OVERLAYS.map(([kind, text, key]) => {
    const box = element("input", { type: "checkbox", id: `over-${kind}` });
    box.addEventListener("change", () => switch_overlay(kind, box.checked));
    const swatch = element("span", { className: `swatch ${kind}` });
    swatch.setAttribute("aria-hidden", "true");
    return element("label", { className: "overlay" }, box, swatch, text, element("kbd", { textContent: key }));
  }));
  $("keys").append(...KEYS.flatMap(([key, text]) => [element("dt", {}, element("kbd", { textContent: key.toUpperCase() })), element("dd", { textContent: text })]));
  for (const button of $("modes").children) button.addEventListener("click", () => go({ mode: button.dataset.mode }));
  for (const name of ["issuer", "sample", "sheet", "zoom"]) $(name).addEventListener("change", () => go({ [name]: $(name).value }));
  $("smaller").addEventListener("click", () => step($("zoom"), -1));
  $("larger").addEventListener("click", () => step($("zoom"), 1));
  $("help-open").addEventListener("click", () => $("help").showModal());
  $("approve").addEventListener("click", approve);
  $("filter").addEventListener("input", draw_gallery);
  $("filter-issuer").addEventListener("change", draw_gallery);
  let waiting = 0;
  window.addEventListener("resize", () => { clearTimeout(waiting); waiting = setTimeout(() => { if (!$("desk").hidden) watch_view(); }, 200); });
  window.addEventListener("hashchange", read_address);
}

begin();
await load_catalogue();
read_address();
