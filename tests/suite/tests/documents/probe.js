addEventListener("load", () => {
  const frame = document.getElementById("page");
  const page = frame.contentWindow, dom = frame.contentDocument;
  const result = { errors: [], unreadable: [], texts: 0 };
  page.addEventListener("error", (event) => result.errors.push(String(event.message)));
  try {
    const root = dom.documentElement;
    result.fits = root.scrollWidth <= page.innerWidth;

    const parts = [...dom.querySelectorAll("[data-versions]")];
    const version = dom.getElementById("version");
    const choose = (select, value) => { select.value = value; select.dispatchEvent(new page.Event("change")); };
    if (version) {
      result.hides = parts.some((part) => part.hidden) && parts.some((part) => !part.hidden);
      choose(version, "");
      result.shows = parts.every((part) => !part.hidden);
      result.fits = result.fits && root.scrollWidth <= page.innerWidth;
    }

    const seek = dom.getElementById("seek");
    seek.value = "external_id";
    seek.dispatchEvent(new page.Event("input"));
    const options = dom.querySelectorAll("#found li").length;
    seek.dispatchEvent(new page.KeyboardEvent("keydown", { key: "ArrowDown" }));
    const active = seek.getAttribute("aria-activedescendant");
    seek.dispatchEvent(new page.KeyboardEvent("keydown", { key: "Enter" }));
    const lit = dom.querySelector("main .lit");
    result.found = options > 1 && active === "found-0" && lit !== null && dom.activeElement === lit && lit.textContent.includes("external_id");
    lit.classList.remove("lit");

    const number = (text) => (text.match(/[\d.]+/g) || []).map(Number);
    const opaque = (colour) => colour.length === 3 || colour[3] === 1;
    const ground = (element) => {
      for (let at = element; at; at = at.parentElement) {
        const colour = number(page.getComputedStyle(at).backgroundColor);
        if (opaque(colour)) return colour;
      }
      return [255, 255, 255];
    };
    const light = (colour) => {
      const part = (value) => { const at = value / 255; return at <= 0.04045 ? at / 12.92 : ((at + 0.055) / 1.055) ** 2.4; };
      return 0.2126 * part(colour[0]) + 0.7152 * part(colour[1]) + 0.0722 * part(colour[2]);
    };
    for (const colours of ["light", "dark"]) {
      choose(dom.getElementById("colours"), colours);
      for (const element of dom.querySelectorAll("body *:not(script)")) {
        const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim() !== "");
        if (!own || element.getClientRects().length === 0 || element.closest("option")) continue;
        const style = page.getComputedStyle(element);
        const front = number(element.closest("svg") ? style.fill : style.color);
        const [a, b] = [light(front), light(ground(element))];
        const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
        result.texts += 1;
        if (contrast < 4.5) result.unreadable.push(`${colours} ${element.tagName} ${element.className} ${contrast.toFixed(2)}`);
      }
    }
    result.unreadable = [...new Set(result.unreadable)];
  } catch (error) {
    result.errors.push(String(error));
  }
  document.getElementById("result").textContent = JSON.stringify(result);
});
