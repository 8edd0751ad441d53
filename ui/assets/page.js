// The panel of sources. A marker in an answer is a link to "#cite-<id>"; the server turns ids into paragraphs.
// Everything that comes from an article is set with textContent, so no markup or script can come of it.
"use strict";

(() => {
  const MARKERS = '#chat a[href^="#cite-"]';
  const ID = /^#cite-(p\d+-\d+-\d+)$/;
  const THUMBS = '#chat a[href^="#up-"], #chat a[href^="#down-"]';
  const THUMB = /^#(up|down)-([0-9a-f]+)$/;
  const ANYTIME = '#chat a[href^="#anytime-"]';
  const EDIT = '#chat a[href^="#edit-"]';
  const EMPTY = "The paragraphs that an answer cites appear here.";
  const GONE = "This paragraph is not in the index any more: its article was changed or removed after the answer.";

  let opener = null; // the marker that was opened last
  let newest = "0"; // the number of answers with markers, and the ids that the newest points at, joined
  let commenting = false; // whether the keyboard was last in the comment on an answer
  let asks = 0; // how often a question was asked again
  let judged = null; // the thumb pressed last, until what was noted is shown
  const verdicts = new Map(); // what was thought of the answer with an id: "up", "down" or "withdrawn"
  let drawing = { wanted: "", done: null }; // the ids whose sources are, or will be, in the panel

  const el = (tag, attributes, ...children) => {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    node.append(...children.filter((child) => child !== "" && child !== null));
    return node;
  };
  const idOf = (link) => link.getAttribute("href").match(ID)?.[1];
  const answers = () => [...document.querySelectorAll("#chat [data-testid=bot]")];
  const markersOf = (answer) => [...answer.querySelectorAll('a[href^="#cite-"]')].filter(idOf);

  /** The distinct quotes that an answer points at, each with the number of its marker ("" for a nearest passage). */
  function quotesOf(answer) {
    const quotes = new Map();
    for (const link of markersOf(answer)) {
      const number = link.textContent.match(/^\[(\d+)\]$/)?.[1] ?? "";
      if (!quotes.has(idOf(link))) quotes.set(idOf(link), number);
    }
    // Where sources differ, the newest stands first, whatever its number; nearest passages have none and stay in order.
    return new Map([...quotes].sort(([, one], [, other]) => one - other));
  }

  async function lookUp(ids) {
    const query = new URLSearchParams(ids.map((id) => ["id", id]));
    const response = await fetch(`/nutgraf/citations?${query}`);
    const body = await response.json();
    if (!response.ok) throw new Error(body.error ?? "The sources cannot be read.");
    return body;
  }

  /** The list in the column of sources, made when Gradio has made the column. */
  function panel() {
    let list = document.querySelector("#source-list");
    if (!list) {
      list = el("div", { id: "source-list" }, el("p", { class: "hint" }, EMPTY));
      const column = document.querySelector("#sources");
      column?.append(list);
      column?.setAttribute("tabindex", "0"); // a column that scrolls must be reachable with the keyboard
      column?.setAttribute("role", "region");
      column?.setAttribute("aria-label", "Sources");
    }
    return list;
  }

  /** A paragraph with its quote marked; the passages nearest to a question without an answer have nothing to mark. */
  function excerpt({ kind, before, quote, after }, marked) {
    const text = el("blockquote", {}, before, marked ? el("mark", {}, quote) : quote, after);
    return kind ? [el("p", { class: "kind" }, kind), text] : [text];
  }

  /** A link to another article when it has an address on the web, else its text. */
  const linked = (text, url) => (url ? el("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, text) : text);

  /** What became of the article since: a later version, updates, corrections. */
  function badges({ superseded, later, changes }) {
    const old = superseded ? [el("span", { class: "badge old" }, linked(superseded, later.url))] : [];
    const all = [...old, ...changes.map((change) => el("span", { class: "badge" }, change))];
    return all.length ? [el("p", { class: "badges" }, ...all)] : [];
  }

  /** Who says the quote and what its expressions of time mean. */
  function facts({ speaker, times }) {
    const rows = [["Said by", speaker ? [speaker] : []], ["Time", times]].filter(([, values]) => values.length);
    const parts = rows.flatMap(([name, values]) => [el("dt", {}, name), ...values.map((value) => el("dd", {}, value))]);
    return parts.length ? [el("dl", {}, ...parts)] : [];
  }

  /** The other articles with the same story, folded: they are no sources of their own. */
  function copies(others) {
    if (!others.length) return [];
    const count = others.length === 1 ? "1 other article carries this story" : `${others.length} other articles carry this story`;
    const list = el("ul", {}, ...others.map(({ name, url }) => el("li", {}, linked(name, url))));
    return [el("details", { class: "copies" }, el("summary", {}, count), list)];
  }

  function card(source, number) {
    const badge = number ? el("span", { class: "number", "aria-hidden": "true" }, number) : "";
    const label = number ? `Source ${number}: ${source.title || "removed"}` : source.title || "removed";
    const article = el("article", { "data-id": source.id, tabindex: "-1", "aria-label": label });
    if (!source.found) {
      article.append(el("h3", {}, badge, "Not in the index"), el("p", { class: "meta" }, GONE));
    } else {
      const title = linked(source.title, source.url);
      const date = source.iso_date ? el("time", { datetime: source.iso_date }, source.date) : source.date;
      const meta = [source.source, date, source.file].filter(Boolean).flatMap((part) => [" · ", part]).slice(1);
      article.append(el("h3", {}, badge, title), el("p", { class: "meta" }, ...meta), ...badges(source));
      article.append(...source.excerpts.flatMap((part) => excerpt(part, number !== "")));
      if (number) article.append(...facts(source));
      article.append(...source.corrections.map((notice) => el("p", { class: "correction" }, notice)));
      article.append(...copies(source.copies));
    }
    article.append(el("button", { class: "back", type: "button" }, "Back to the answer"));
    return article;
  }

  /** Show the sources of an answer in the panel, unless it shows them already. */
  function fill(answer) {
    const quotes = quotesOf(answer);
    const wanted = [...quotes.keys()].join();
    if (wanted !== drawing.wanted) drawing = { wanted, done: draw(quotes, wanted) };
    return drawing.done;
  }

  async function draw(quotes, wanted) {
    let content, problem;
    try {
      const sources = await lookUp([...quotes.keys()]);
      content = sources.map((source) => card(source, quotes.get(source.id)));
    } catch (error) {
      problem = el("p", { class: "hint", role: "alert" }, error.message);
    }
    if (drawing.wanted !== wanted) return; // another answer was asked for meanwhile
    panel().replaceChildren(...(content ?? [problem]));
    if (problem) drawing.wanted = ""; // so that the next click tries again
  }

  function point(id) {
    const target = [...panel().querySelectorAll("article")].find((article) => article.dataset.id === id);
    panel().querySelectorAll(".current").forEach((article) => article.classList.remove("current"));
    if (!target) return;
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    target.classList.add("current");
    target.focus({ preventScroll: true });
    const mark = target.querySelector("mark");
    (mark ?? target).scrollIntoView({ block: mark ? "center" : "start", behavior: calm ? "auto" : "smooth" });
  }

  async function open(link) {
    opener = link;
    document.querySelector("#sources").classList.add("open");
    await fill(link.closest("[data-testid=bot]"));
    point(idOf(link));
  }

  function back() {
    document.querySelector("#sources").classList.remove("open");
    panel().querySelectorAll(".current").forEach((article) => article.classList.remove("current"));
    // The chat may have been drawn anew since: then its last marker for the same quote is the one.
    const link = opener?.isConnected
      ? opener
      : [...document.querySelectorAll(MARKERS)].filter((a) => a.hash === opener?.hash).pop();
    (link ?? document.querySelector("#question textarea"))?.focus();
  }

  /** The answer as plain text with its sources listed below, for pasting elsewhere. */
  async function copy(link) {
    const answer = link.closest("[data-testid=bot]");
    const text = answer.cloneNode(true);
    text.querySelectorAll(".ng-footer, .ng-note, .ng-time, .ng-understood").forEach((part) => part.remove());
    const paragraphs = [...text.querySelectorAll("p, li")].map((part) => part.textContent.trim()).filter(Boolean);
    const quotes = quotesOf(answer);
    const sources = quotes.size ? await lookUp([...quotes.keys()]) : [];
    const lines = sources.filter((source) => source.found && quotes.get(source.id)).map((source) => {
      const parts = [source.title, source.source, source.date, source.url || source.file].filter(Boolean);
      return `[${quotes.get(source.id)}] ${parts.join(", ")}`;
    });
    await navigator.clipboard.writeText([...paragraphs, lines.join("\n")].filter(Boolean).join("\n\n"));
    link.textContent = "Copied";
    setTimeout(() => (link.textContent = "Copy"), 2000);
  }

  /** Tell the server something through a text box that nobody sees. */
  function tell(id, text) {
    const box = document.querySelector(`#${id} :is(textarea, input)`);
    box.value = text;
    box.dispatchEvent(new Event("input", { bubbles: true }));
  }

  /** Ask the question of an answer again, without the time in it; one answer is made at a time. */
  function askAgain(link) {
    if (document.querySelector("#question .stop-button")) return;
    tell("again", `${link.hash.slice("#anytime-".length)} ${++asks}`); // a text that is not new would be no news
    document.querySelector("#question textarea").focus();
  }

  /** Put a box with what the question was understood as in place of it; what is in the box is asked as it stands. */
  function edit(link) {
    const block = link.closest(".ng-understood");
    const box = el("textarea", { rows: "2", "aria-label": "Question as understood", maxlength: "4000" });
    box.value = block.querySelector("em").textContent;
    const cancel = el("button", { type: "button" }, "Cancel");
    const form = el("form", {}, box, el("button", { type: "submit" }, "Ask"), cancel);
    const close = () => {
      form.remove();
      link.focus();
    };
    cancel.addEventListener("click", close);
    form.addEventListener("keydown", (event) => {
      if (event.key === "Escape") close();
      if (event.key !== "Enter" || event.shiftKey || event.target !== box) return;
      event.preventDefault();
      form.requestSubmit();
    });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const question = box.value.trim();
      if (!question || document.querySelector("#question .stop-button")) return;
      tell("again", `${link.hash.slice("#edit-".length)} ${++asks} ${question}`);
      form.remove();
      document.querySelector("#question textarea").focus();
    });
    block.querySelector("form")?.remove();
    block.append(form);
    box.select();
  }

  /** Tell the server which thumb was pressed; pressed again, it is taken back. */
  function judge(link) {
    const [, thumb, id] = link.hash.match(THUMB);
    const verdict = verdicts.get(id) === thumb ? "withdrawn" : thumb;
    verdicts.set(id, verdict);
    drawThumbs();
    judged = link;
    tell("pressed", `${id} ${verdict}`);
  }

  function drawThumbs() {
    for (const link of document.querySelectorAll(THUMBS)) {
      const [, thumb, id] = link.hash.match(THUMB);
      link.setAttribute("role", "button");
      link.setAttribute("aria-label", thumb === "up" ? "Good answer" : "Bad answer");
      link.setAttribute("title", link.getAttribute("aria-label"));
      link.setAttribute("aria-pressed", String(verdicts.get(id) === thumb));
      link.removeAttribute("target");
    }
  }

  /** After the chat has changed: name the links for screen readers, and show the sources of the newest answer. */
  function follow() {
    panel();
    // Gradio names messages by their Markdown, which is no name to listen to.
    document.querySelectorAll("#chat [data-testid=user]").forEach((part) => part.setAttribute("aria-label", "Question"));
    answers().forEach((part) => part.setAttribute("aria-label", "Answer"));
    // Not the one being typed into: the keys that come next would be lost.
    document.querySelectorAll("#filters .date input[type=text]:not(:focus)").forEach((input) => (input.type = "date"));
    const cited = answers().filter((answer) => markersOf(answer).length);
    for (const link of cited.flatMap(markersOf)) {
      const number = link.textContent.match(/^\[(\d+)\]$/)?.[1];
      if (number) link.setAttribute("aria-label", `Source ${number}`);
      link.removeAttribute("target");
    }
    document.querySelectorAll(`#chat a[href="#copy"], ${ANYTIME}, ${EDIT}`).forEach((link) => {
      link.setAttribute("role", "button");
      link.removeAttribute("target");
    });
    drawThumbs();
    document.querySelector("#feedback-note")?.setAttribute("role", "status");
    judged?.scrollIntoView({ block: "nearest" }); // the note takes room from the chat
    judged = null;
    if (commenting && !document.querySelector("#comment textarea")?.checkVisibility()) {
      commenting = false;
      document.querySelector("#question textarea").focus(); // the comment was sent and its box is gone
    }
    const last = [cited.length, ...(cited.length ? quotesOf(cited.at(-1)).keys() : [])].join();
    if (last === newest) return; // what is in the panel was chosen since
    newest = last;
    if (cited.length) fill(cited.at(-1));
    else {
      drawing = { wanted: "", done: null };
      panel().replaceChildren(el("p", { class: "hint" }, EMPTY));
    }
  }

  // Capturing, because the chat stops the propagation of clicks on links.
  document.addEventListener(
    "click",
    (event) => {
      const link = event.target.closest?.(`${MARKERS}, ${THUMBS}, ${ANYTIME}, ${EDIT}, #chat a[href="#copy"]`);
      if (!link) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      if (link.hash === "#copy") copy(link);
      else if (link.matches(ANYTIME)) askAgain(link);
      else if (link.matches(EDIT)) edit(link);
      else if (THUMB.test(link.hash)) judge(link);
      else if (idOf(link)) open(link);
    },
    true,
  );
  document.addEventListener("click", (event) => event.target.closest?.("#source-list .back") && back());
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && panel().contains(document.activeElement)) back();
    if (event.key === " " && event.target.matches?.("#chat a[role=button]")) {
      event.preventDefault(); // or the chat scrolls
      event.target.click();
    }
  });
  document.addEventListener("focusin", (event) => (commenting = Boolean(event.target.closest?.("#comment"))));

  let timer;
  function soon() {
    clearTimeout(timer);
    timer = setTimeout(follow, 120);
  }
  new MutationObserver(soon).observe(document.body, { childList: true, subtree: true });
  document.addEventListener("focusout", (event) => event.target.closest?.("#filters .date") && soon());
})();
