// The bundle in an editor that is none: whether the server starts in VS Code is to be seen there.
const assert = require("node:assert");
const fs = require("node:fs");
const Module = require("node:module");
const path = require("node:path");
const test = require("node:test");

/** Anything: what the client needs of an editor when it is made. */
function anything(name) {
  const known = {};
  return new Proxy(function () {}, {
    get: (_, key) => (key === Symbol.toPrimitive ? () => name : (known[key] ??= anything(`${name}.${String(key)}`))),
    apply: () => anything(`${name}()`),
    construct: () => anything(`new ${name}`),
  });
}

test("the bundle loads, and offers its command even where the server cannot start", async () => {
  const commands = [];
  const bundle = path.join(__dirname, "..", "out", "extension.js");
  // all that the bundle reads of the editor is there, and does nothing
  const names = fs.readFileSync(bundle, "utf8").matchAll(/\b(?:vscode|code)_?\d*\.([A-Za-z]+)/g);
  const stub = Object.fromEntries([...names].map(([, name]) => [name, anything(`vscode.${name}`)]));
  stub.commands = { registerCommand: (name) => (commands.push(name), { dispose() {} }) };
  const load = Module._load;
  Module._load = (name, ...rest) => (name === "vscode" ? stub : load(name, ...rest));
  try {
    const extension = require(bundle);
    assert.deepStrictEqual(Object.keys(extension).sort(), ["activate", "deactivate"]);
    await extension.activate({ subscriptions: [] });
    assert.deepStrictEqual(commands, ["mapwright.restart"]);
  } finally {
    Module._load = load;
  }
});

test("what the manifest names is there", () => {
  const manifest = require("../package.json");
  assert.ok(fs.existsSync(path.join(__dirname, "..", manifest.main)));
  assert.deepStrictEqual(Object.keys(manifest.contributes.configuration.properties), ["mapwright.path", "mapwright.builtin"]);
});
