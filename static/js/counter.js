// Counts a text as it is typed into a field with data-counts; its words go into the element that it names.
(() => {
  const whole = (number) => number.toLocaleString("en");
  function tell(field) {
    const counted = Parts.count(field.value.trimEnd());
    const parts = `${counted.parts} part${counted.parts === 1 ? "" : "s"}`;
    const why = counted.encoding === "UCS-2" ? " A character in it makes each part shorter." : "";
    document.getElementById(field.dataset.counts).textContent =
      `${whole(counted.units)} characters, ${parts}, ${whole(counted.left)} left in this part.${why}`;
  }
  for (const field of document.querySelectorAll("[data-counts]")) {
    field.addEventListener("input", () => tell(field));
    tell(field);
  }
})();
