// Starts the islands of an admin page: loads the WebAssembly package that the page names, then hands
// each <leptos-island> to its function, outer ones first. The page works without it.
const link = document.getElementById("islands");
const islands = await import(link.href);
await islands.default({ module_or_path: link.dataset.wasm });
islands.hydrate();

const waiting = [];
async function walk(node) {
  const island = node.localName === "leptos-island";
  const children = node.localName === "leptos-children";
  if (island) {
    waiting.at(-1)?.();
    await islands[node.dataset.component]?.(node);
  }
  if (children) waiting.push(node.$$on_hydrate);
  for (const child of [...node.children]) await walk(child);
  if (children) waiting.pop();
}
await walk(document.body);
