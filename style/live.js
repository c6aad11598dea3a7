// Keeps a public page current: hears of changes, fetches the page again, swaps its <main>.
(() => {
  const $ = (id) => document.getElementById(id);
  const stops = () => [...$("main").querySelectorAll("a,summary,[tabindex]")];
  const read = (name) => +$("main").dataset[name] || 0;
  let heard = Date.now(), stale, busy, again, timer;

  const swap = async () => {
    if (busy) return void (again = true);
    busy = true;
    try {
      const answer = await fetch(location.href, { cache: "no-cache", signal: AbortSignal.timeout(10000) });
      if (!answer.ok) throw 0;
      const next = new DOMParser().parseFromString(await answer.text(), "text/html");
      const focus = document.activeElement, at = stops().indexOf(focus);
      for (const id of ["main", "icon"]) $(id).replaceWith(document.adoptNode(next.getElementById(id)));
      document.title = next.title;
      const all = stops(), same = (one) => one?.href === focus.href;
      if (at >= 0) (same(all[at]) ? all[at] : all.find(same))?.focus({ preventScroll: true });
      heard = Date.now();
      stale = false;
    } catch {
      // The watch below says so when it lasts.
    }
    busy = false;
    if (again) again = soon();
  };
  // Spread, so that a change does not bring everybody at the same moment.
  const soon = () => void setTimeout(swap, Math.random() * 300);
  const later = (act) => setTimeout(act, 3e4 + Math.random() * 3e4);
  const poll = () => {
    clearTimeout(timer);
    timer = later(() => { swap(); poll(); });
  };

  const doubt = () => {
    stale = true;
    const words = $("main").dataset;
    const text = words.silent.replace("{time}", new Date(heard).toISOString().slice(11, 16));
    for (const box of $("main").querySelectorAll(".banner, .row")) {
      box.className = box.className.replace(/\S+$/, "unknown");
      box.querySelector(".shape").setAttribute("class", "shape unknown");
      box.querySelector("use").setAttribute("href", "#i-unknown");
      box.querySelector(".word").textContent = words.unknown;
    }
    const banner = $("main").querySelector(".banner");
    banner.setAttribute("role", "status");
    banner.querySelector("h1, h2").textContent = document.title = text;
    $("icon").href = "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 9 9'><circle cx='4.5' cy='4.5' r='3.5' fill='none' stroke='gray' stroke-dasharray='2 1'/></svg>";
  };

  const news = (event) => {
    heard = Date.now();
    clearTimeout(timer);
    if (stale || JSON.parse(event.data).version !== read("version")) soon();
  };
  const listen = () => {
    const source = new EventSource("/events");
    source.addEventListener("state", news);
    source.addEventListener("heartbeat", news);
    source.onerror = () => {
      poll();
      // The browser comes back by itself, unless it was refused.
      if (source.readyState > 1) later(listen);
    };
  };
  listen();
  setInterval(() => !stale && Date.now() - heard > 3 * Math.max(read("interval"), 5000) && doubt(), 1000);
})();
