// Keeps a public page current: listens for changes, fetches the page again and swaps its <main>.
// Without it the page is complete and renews itself every 30 seconds.
(() => {
  const main = () => document.getElementById("main");
  const icon = () => document.getElementById("icon");
  const read = (name) => Number(main().dataset[name]) || 0;
  let heard = Date.now();
  let stale = false;
  let busy = false;
  let again = false;
  let timer = 0;

  const swap = async () => {
    if (busy) { again = true; return; }
    busy = true;
    try {
      const answer = await fetch(location.href, { cache: "no-cache", signal: AbortSignal.timeout(10000) });
      if (!answer.ok) throw new Error(answer.status);
      const next = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = next.getElementById("main");
      if (!fresh) throw new Error("no main");
      const active = document.activeElement;
      const focus = main().contains(active) && active.getAttribute("href");
      main().replaceWith(document.adoptNode(fresh));
      document.title = next.title;
      icon().replaceWith(document.adoptNode(next.getElementById("icon")));
      if (focus) main().querySelector(`a[href="${CSS.escape(focus)}"]`)?.focus({ preventScroll: true });
      heard = Date.now();
      stale = false;
    } catch { /* The clock below says so when it lasts. */ } finally {
      busy = false;
      if (again) { again = false; soon(); }
    }
  };
  // Spread, so that a change does not bring everybody at the same moment.
  const soon = () => setTimeout(swap, Math.random() * 300);

  const poll = () => {
    clearTimeout(timer);
    timer = setTimeout(() => { swap(); poll(); }, 30000 + Math.random() * 30000);
  };

  const doubt = () => {
    stale = true;
    const since = new Date(heard).toISOString().slice(11, 16);
    for (const box of main().querySelectorAll(".banner, .row")) {
      box.className = box.className.replace(/ [a-z-]+$/, " unknown");
      box.querySelector(".shape")?.setAttribute("class", "shape unknown");
      box.querySelector("use")?.setAttribute("href", "#i-unknown");
      const word = box.querySelector(".word");
      if (word) word.textContent = "Unknown";
    }
    const banner = main().querySelector(".banner");
    const text = `No news since ${since} UTC`;
    const title = banner?.querySelector("h1, h2");
    if (title) title.textContent = text;
    banner?.setAttribute("role", "status");
    document.title = text;
    icon().href = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'%3E%3Ccircle cx='16' cy='16' r='13' fill='none' stroke='%23888' stroke-width='4' stroke-dasharray='5 4'/%3E%3C/svg%3E";
  };

  const news = (event) => {
    heard = Date.now();
    clearTimeout(timer);
    let version = 0;
    try { version = JSON.parse(event.data).version; } catch { /* a sign of life without data */ }
    if (stale || (version && version !== read("version"))) soon();
  };

  const listen = () => {
    const source = new EventSource("/events");
    source.addEventListener("state", news);
    source.addEventListener("heartbeat", news);
    source.onerror = () => {
      poll();
      // The browser comes back by itself, unless it was refused.
      if (source.readyState === 2) setTimeout(listen, 30000 + Math.random() * 30000);
    };
  };

  listen();
  setInterval(() => { if (!stale && Date.now() - heard > 3 * (read("interval") || 30000)) doubt(); }, 1000);
  addEventListener("visibilitychange", () => { if (!document.hidden && Date.now() - heard > 30000) swap(); });
})();
