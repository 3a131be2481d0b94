
(() => {
  "use strict";
  const root = document.documentElement;
  const by = (id) => document.getElementById(id);
  const keep = (name, value) => { try { localStorage.setItem("mapwright-" + name, value); } catch { /* nothing is kept then */ } };
  const kept = (name) => { try { return localStorage.getItem("mapwright-" + name); } catch { return null; } };
  by("controls").hidden = false;
  by("controls").addEventListener("submit", (event) => event.preventDefault());

  // on a phone, the contents would be all that one sees
  if (matchMedia("(max-width: 60rem)").matches) by("contents").open = false;

  const colours = by("colours");
  const paint = () => { if (colours.value) root.dataset.colours = colours.value; else delete root.dataset.colours; };
  colours.value = kept("colours") || "";
  colours.addEventListener("change", () => { keep("colours", colours.value); paint(); });
  paint();

  const version = by("version");
  const holds = (element) => {
    for (let at = element; at; at = at.parentElement) if (at.hidden) return false;
    return true;
  };
  const choose = () => {
    if (version.value) root.dataset.chosen = ""; else delete root.dataset.chosen;
    for (const part of document.querySelectorAll("[data-versions]")) {
      part.hidden = version.value !== "" && !part.dataset.versions.split(" ").includes(version.value);
    }
  };
  if (version) {
    version.addEventListener("change", () => { choose(); look(); });
    choose();
  }
  // a link may lead to what another version has
  const show = () => {
    let target = null;
    try { target = by(decodeURIComponent(location.hash.slice(1))); } catch { return; }
    if (target && version && !holds(target)) { version.value = ""; choose(); target.scrollIntoView(); }
  };
  addEventListener("hashchange", show);
  show();

  const seek = by("seek"), found = by("found"), count = by("count");
  const most = 30;
  let places = [], chosen = -1;
  // what stands in cells and on lines of its own is not one word; which versions something holds for is no part of its name
  const read = (node) => {
    if (node.nodeType === 3) return node.data;
    if (node.nodeType !== 1 || node.matches(".badge, .anchor")) return "";
    const inner = [...node.childNodes].map(read).join("");
    return /^(BR|TD|TH|LI|P)$/.test(node.tagName) ? " " + inner + " " : inner;
  };
  const flat = (node) => read(node).replace(/\s+/g, " ").trim();
  const title = (section) => {
    const heading = section.querySelector("h2, h3, h4, h5, h6");
    const outer = section.parentElement.closest("section");
    return (outer ? title(outer) + " › " : "") + flat(heading);
  };
  const index = [...document.querySelectorAll("main h1, main h2, main h3, main h4, main h5, main h6, main p, main li, main tbody tr, main pre")].map((element) => {
    const section = element.closest("section");
    const text = flat(element);
    const name = section ? title(section) : flat(document.querySelector("h1"));
    return { element, name, text, low: text.toLowerCase(), rank: /^H/.test(element.tagName) ? 0 : 1 };
  });
  const close = () => {
    found.hidden = true; chosen = -1;
    seek.setAttribute("aria-expanded", "false"); seek.removeAttribute("aria-activedescendant");
  };
  const mark = (at) => {
    chosen = at;
    [...found.children].forEach((item, place) => item.setAttribute("aria-selected", String(place === at)));
    const item = found.children[at];
    if (item) { seek.setAttribute("aria-activedescendant", item.id); item.scrollIntoView({ block: "nearest" }); }
  };
  const go = (place) => {
    close();
    for (const lit of document.querySelectorAll(".lit")) lit.classList.remove("lit");
    const target = place.element;
    target.classList.add("lit");
    target.scrollIntoView({ block: "center" });
    target.tabIndex = -1;
    target.focus({ preventScroll: true });
  };
  function look() {
    const words = seek.value.toLowerCase().split(/\s+/).filter(Boolean);
    found.textContent = "";
    if (words.length === 0) { count.textContent = ""; close(); return; }
    const hits = index.filter((entry) => words.every((word) => entry.low.includes(word)) && holds(entry.element));
    hits.sort((a, b) => a.rank - b.rank);
    places = hits.slice(0, most);
    places.forEach((place, at) => {
      const item = document.createElement("li");
      item.id = "found-" + at;
      item.setAttribute("role", "option");
      item.setAttribute("aria-selected", "false");
      const start = Math.max(0, place.low.indexOf(words[0]) - 30);
      const text = (start > 0 ? "…" : "") + place.text.slice(start, start + 110) + (place.text.length > start + 110 ? "…" : "");
      item.append(place.name);
      if (place.rank) { const small = document.createElement("small"); small.textContent = text; item.append(small); }
      item.addEventListener("mousedown", (event) => { event.preventDefault(); go(place); });
      found.append(item);
    });
    if (hits.length === 0) {
      const item = document.createElement("li");
      item.setAttribute("role", "option");
      item.setAttribute("aria-disabled", "true");
      item.setAttribute("aria-selected", "false");
      item.textContent = "Nothing found";
      found.append(item);
    }
    count.textContent = hits.length > most ? `${most} of ${hits.length} places` : `${hits.length} places`;
    found.hidden = false; chosen = -1;
    seek.setAttribute("aria-expanded", "true");
  }
  seek.addEventListener("input", look);
  seek.addEventListener("blur", close);
  seek.addEventListener("keydown", (event) => {
    if (event.key === "Escape") { if (found.hidden) seek.value = ""; close(); event.preventDefault(); }
    if (places.length === 0 || found.hidden) return;
    if (event.key === "ArrowDown") { mark((chosen + 1) % places.length); event.preventDefault(); }
    if (event.key === "ArrowUp") { mark(chosen > 0 ? chosen - 1 : places.length - 1); event.preventDefault(); }
    if (event.key === "Enter") { go(places[Math.max(chosen, 0)]); event.preventDefault(); }
  });
  addEventListener("keydown", (event) => {
    const typing = event.target instanceof Element && event.target.closest("input, select, textarea");
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) { event.preventDefault(); seek.focus(); seek.select(); }
  });
})();
