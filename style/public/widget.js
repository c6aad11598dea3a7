// Keeps a widget current: reads its frame again each minute and puts in what changed.
// Without it the frame renews itself.
(() => {
  const main = () => document.querySelector("main");
  let missed = 0;
  setInterval(async () => {
    try {
      const answer = await fetch(location.href, { cache: "no-cache", signal: AbortSignal.timeout(10000) });
      if (!answer.ok) throw 0;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const next = page.querySelector("main");
      missed = 0;
      delete main().dataset.stale;
      if (next.outerHTML === main().outerHTML) return;
      main().replaceWith(document.adoptNode(next));
      document.title = page.title;
    } catch {
      // One answer may be lost; after three nobody knows.
      if (++missed > 2) main().dataset.stale = "";
    }
  }, 6e4);
})();
