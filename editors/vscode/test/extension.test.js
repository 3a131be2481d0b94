// The bundle starts the server that the settings name, in an editor that is none.
const assert = require("node:assert");
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

test("the extension offers a command and starts the server", async () => {
  const commands = [];
  const vscode = anything("vscode");
  vscode.commands.registerCommand = undefined;
  const stub = new Proxy(function () {}, {
    get: (_, key) =>
      key === "commands"
        ? { registerCommand: (name) => (commands.push(name), { dispose() {} }) }
        : key === "__esModule"
          ? false
          : vscode[key],
    has: () => true,
    ownKeys: () => ["commands", "prototype"],
    getOwnPropertyDescriptor: (target, key) => Object.getOwnPropertyDescriptor(target, key) ?? { configurable: true, enumerable: true },
  });
  const load = Module._load;
  Module._load = (name, ...rest) => (name === "vscode" ? stub : load(name, ...rest));
  try {
    const extension = require(path.join(__dirname, "..", "out", "extension.js"));
    assert.deepStrictEqual(Object.keys(extension).sort(), ["activate", "deactivate"]);
    await extension.activate({ subscriptions: [] });
    assert.deepStrictEqual(commands, ["mapwright.restart"]);
  } finally {
    Module._load = load;
  }
});

test("what the manifest names is there", () => {
  const manifest = require("../package.json");
  assert.ok(require("node:fs").existsSync(path.join(__dirname, "..", manifest.main)));
  assert.deepStrictEqual(Object.keys(manifest.contributes.configuration.properties), ["mapwright.path", "mapwright.builtin"]);
});
