// A figure that scrolls can be reached, and so scrolled, by keyboard.
document.addEventListener("DOMContentLoaded", () => {
  const observer = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      if (target.scrollWidth > target.clientWidth) target.tabIndex = 0;
      else target.removeAttribute("tabindex");
    }
  });
  document.querySelectorAll(".cell_output figure").forEach((figure) => observer.observe(figure));
});
