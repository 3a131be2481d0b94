// Starts `mapwright lsp` for the YAML files of mappings, and nothing else: all that is known of them is in the server.
import * as vscode from "vscode";
import { LanguageClient, LanguageClientOptions, ServerOptions } from "vscode-languageclient/node";

let client: LanguageClient | undefined;

/** The server as the settings say. */
function create(): LanguageClient {
  const settings = vscode.workspace.getConfiguration("mapwright");
  const command = settings.get<string>("path", "mapwright");
  const args = settings.get<boolean>("builtin", false) ? ["lsp", "--builtin"] : ["lsp"];
  const server: ServerOptions = { command, args };
  const options: LanguageClientOptions = {
    documentSelector: [
      { scheme: "file", language: "yaml" },
      { scheme: "file", pattern: "**/mapwright.toml" },
      { scheme: "file", pattern: "**/schemas/**/*.json" },
    ],
  };
  return new LanguageClient("mapwright", "Mapwright", server, options);
}

async function start(): Promise<void> {
  try {
    client = create();
    await client.start();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    void vscode.window.showErrorMessage(`Mapwright cannot start: ${message}. Set \`mapwright.path\`.`);
  }
}

async function stop(): Promise<void> {
  const running = client;
  client = undefined;
  await running?.stop();
}

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const restart = async () => {
    await stop();
    await start();
  };
  context.subscriptions.push(
    vscode.commands.registerCommand("mapwright.restart", restart),
    vscode.workspace.onDidChangeConfiguration((change) => {
      if (change.affectsConfiguration("mapwright")) {
        void restart();
      }
    }),
  );
  await start();
}

export async function deactivate(): Promise<void> {
  await stop();
}
