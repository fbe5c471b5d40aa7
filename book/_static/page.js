// What scrolls sideways can be reached, and so scrolled, by keyboard, and fades where it goes on.
document.addEventListener("DOMContentLoaded", () => {
  const look = (region) => {
    const hidden = region.scrollWidth - region.clientWidth;
    if (hidden > 0) region.tabIndex = 0;
    else region.removeAttribute("tabindex");
    // A few pixels are hardly more than a margin, and a fade would hide what is to be seen.
    region.classList.toggle("goes-on", hidden - region.scrollLeft > 8);
  };
  const observer = new ResizeObserver((entries) => entries.forEach(({ target }) => look(target)));
  document.querySelectorAll(".figure-scrolls, div.math, .bd-article pre, .bd-article table").forEach((region) => {
    observer.observe(region);
    region.addEventListener("scroll", () => look(region), { passive: true });
  });
});
// On paper the page is light.
let theme;
window.addEventListener("beforeprint", () => {
  theme = document.documentElement.dataset.theme;
  document.documentElement.dataset.theme = "light";
});
window.addEventListener("afterprint", () => { document.documentElement.dataset.theme = theme; });
