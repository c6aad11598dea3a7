// Scripts of an admin page. The page works without them.

// Copy buttons, shown only where there is a clipboard. One listener serves those that arrive later too.
if (navigator.clipboard) {
  const said = document.createElement("p");
  said.className = "unseen";
  said.setAttribute("role", "status");
  document.body.append(said);
  document.documentElement.classList.add("copies");
  document.addEventListener("click", async (event) => {
    const button = event.target.closest?.(".command > .copy");
    if (!button) return;
    try {
      await navigator.clipboard.writeText(button.parentElement.querySelector("code").textContent);
    } catch {
      return; // Refused: the text is on the screen to be selected.
    }
    button.textContent = said.textContent = "Copied";
    setTimeout(() => {
      button.textContent = "Copy";
      said.textContent = "";
    }, 3000);
  });
}

// Islands: loads both files of the WebAssembly package that the page names, then hands each
// <leptos-island> to its function, outer ones first.
const { js, wasm } = document.getElementById("islands").dataset;
const module = fetch(wasm);
const islands = await import(js);
await islands.default({ module_or_path: module });
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
