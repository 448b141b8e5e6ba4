// The dashboard's only script. Without it the pages are right, and stand still.
"use strict";
(() => {
  const body = document.body;
  const line = document.getElementById("connection");
  const GRACE = Number(body.dataset.grace || 0) * 1000;
  const SILENCE = Number(body.dataset.silence || 15) * 1000;
  let expires = Date.parse(body.dataset.expires || "");
  let asOf = Date.parse(body.dataset.made || "");
  const title = document.title;
  let lostAt = 0;
  let heard = Date.now();
  let skew = 0; // the server's clock minus this one's, where there is a server

  const two = (number) => String(number).padStart(2, "0");
  const now = () => Date.now() + skew;
  const clock = (at) => {
    const day = new Date(at);
    return `${two(day.getUTCHours())}:${two(day.getUTCMinutes())}:${two(day.getUTCSeconds())} UTC`;
  };
  const span = (seconds) => {
    const whole = Math.floor(Math.abs(seconds));
    const [days, hours, minutes] = [Math.floor(whole / 86400), Math.floor((whole % 86400) / 3600), Math.floor((whole % 3600) / 60)];
    if (days) return hours ? `${days} d ${hours} h` : `${days} d`;
    if (hours) return minutes ? `${hours} h ${minutes} min` : `${hours} h`;
    return minutes ? `${minutes} min` : `${whole} s`;
  };

  const asOfSaid = () => document.querySelector("[data-asof]").textContent;

  // ---- clocks: what remains, counted here; the moment itself stands beside it
  const count = (stale) => {
    for (const one of document.querySelectorAll("[data-due]")) {
      const left = (Date.parse(one.dataset.due) - now()) / 1000;
      const counted = left > 0 ? `${span(left)} left` : `overdue by ${span(left)}`;
      const said = stale ? "unknown" : counted;
      if (one.textContent !== said) one.textContent = said;
      one.dataset.state = stale ? "unknown" : left > 0 ? "warn" : "bad";
    }
  };

  // ---- what is too old is unknown
  const forget = (stale) => {
    body.classList.toggle("stale", stale);
    document.title = stale ? "Unknown: out of date" : title;
    for (const one of document.querySelectorAll(".mark, .hero")) {
      if (stale && one.dataset.was === undefined && one.closest("[data-kept]") === null) {
        one.dataset.was = one.dataset.state;
        one.dataset.state = "unknown";
        const words = one.querySelector(".word, .state-words");
        const sign = one.querySelector(".sign, .big");
        if (words) { words.dataset.was = words.textContent; words.textContent = "unknown"; }
        if (sign) { sign.dataset.was = sign.textContent; sign.textContent = "?"; }
      } else if (!stale && one.dataset.was !== undefined) {
        one.dataset.state = one.dataset.was;
        delete one.dataset.was;
        for (const part of one.querySelectorAll("[data-was]")) {
          part.textContent = part.dataset.was;
          delete part.dataset.was;
        }
      }
    }
  };
  const say = (words) => {
    if (line.textContent !== words) line.textContent = words;
    line.hidden = !words;
  };
  const look = () => {
    const silent = Boolean(body.dataset.stream) && Date.now() - heard > SILENCE;
    if (silent && !lostAt) lostAt = Date.now();
    const expired = Number.isFinite(expires) && now() > expires;
    const alone = lostAt && Date.now() - lostAt >= GRACE;
    const stale = Boolean(expired || alone);
    forget(stale);
    count(stale);
    if (lostAt) say(`Connection lost — data as of ${clock(asOf)}`);
    else if (expired) say(`Out of date — data as of ${asOfSaid()}; what is shown is not known to hold any more`);
    else say("");
  };

  // ---- pushed, not polled: each event replaces one region; its id says from where to go on
  const replace = (name, html) => {
    const region = [...document.querySelectorAll("[data-region]")].find((one) => one.dataset.region === name);
    if (!region) return;
    const links = () => [...region.querySelectorAll("a, summary")];
    const focused = links().indexOf(document.activeElement);
    const open = [...region.querySelectorAll("details")].map((one) => one.open);
    region.innerHTML = html;
    [...region.querySelectorAll("details")].forEach((one, place) => { one.open = Boolean(open[place]); });
    if (focused >= 0) links()[Math.min(focused, links().length - 1)]?.focus({ preventScroll: true });
  };
  const alive = () => { heard = Date.now(); lostAt = 0; };
  const listen = () => {
    const address = new URL(body.dataset.stream, location.href);
    address.searchParams.set("page", body.dataset.page);
    address.searchParams.set("since", body.dataset.revision);
    const stream = new EventSource(address);
    stream.addEventListener("region", (event) => {
      alive();
      forget(false);
      const { region, html } = JSON.parse(event.data);
      replace(region, html);
      look();
    });
    stream.addEventListener("beat", (event) => {
      alive();
      const told = JSON.parse(event.data);
      asOf = Date.parse(told.at);
      expires = Date.parse(told.expires);
      skew = asOf - Date.now();
      body.dataset.revision = told.revision;
      for (const one of document.querySelectorAll("[data-asof]")) { one.textContent = told.said; one.dateTime = told.at; }
      look();
    });
    stream.onerror = () => {
      lostAt = lostAt || Date.now();
      look();
      if (stream.readyState === EventSource.CLOSED) setTimeout(listen, 3000);
    };
    stream.onopen = () => { alive(); look(); };
  };

  look();
  setInterval(look, 1000);
  if (body.dataset.stream && window.EventSource) listen();
})();
