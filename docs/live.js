// Moves between frames that the course's explorers drew beforehand. It computes nothing.
"use strict";

(() => {
  const REMEMBERED = 80; // frames kept decoded, some 3 MB each at most
  const PACE = 450; // ms between two frames of a run

  const element = (name, properties = {}, ...children) => {
    const made = Object.assign(document.createElement(name), properties);
    made.append(...children);
    return made;
  };

  class Figure {
    constructor(box, known) {
      this.box = box;
      this.known = known;
      this.image = box.querySelector("img");
      this.line = box.querySelector("[role=status]");
      this.place = this.image.src.replace(/[^/]*$/, "");
      this.ready = new Map(); // frame number: a promise of its decoded picture
      this.wanted = known.start;
      this.at = this.digits(known.start);
      this.inputs = known.controls.map((control, n) => this.input(control, n));
      this.box.prepend(this.bar());
      box.querySelector(".als-live-still").remove();
      const watch = new IntersectionObserver((entries) => {
        if (entries.some((entry) => entry.isIntersecting)) {
          watch.disconnect();
          this.fetchNeighbours();
        }
      });
      watch.observe(box);
    }

    // ---- numbers: a frame's number counts through the controls, the last one fastest ----

    digits(number) {
      const digits = [];
      for (const { count } of [...this.known.controls].reverse()) {
        digits.unshift(number % count);
        number = Math.floor(number / count);
      }
      return digits;
    }

    number(digits) {
      return this.known.controls.reduce((sum, { count }, n) => sum * count + digits[n], 0);
    }

    // ---- controls ----

    input(control, n) {
      const isSwitch = control.words.length === 0;
      const input = element("input", isSwitch
        ? { type: "checkbox", checked: this.at[n] === 1 }
        : { type: "range", min: 0, max: control.count - 1, step: 1, value: this.at[n] });
      input.name = control.name;
      input.addEventListener("input", () => {
        this.stop();
        this.move(n, isSwitch ? Number(input.checked) : Number(input.value));
      });
      return input;
    }

    bar() {
      const bar = element("div", { className: "als-live-bar" });
      this.values = this.known.controls.map((control, n) => {
        const value = element("span", { className: "als-live-value", ariaHidden: "true" });
        const words = element("span", { textContent: control.label });
        bar.append(control.words.length
          ? element("label", {}, words, this.inputs[n], value)
          : element("label", { className: "als-live-switch" }, this.inputs[n], words));
        return value;
      });
      this.run = element("button", { type: "button", textContent: "Run" });
      this.run.addEventListener("click", () => (this.timer ? this.stop() : this.start()));
      const large = element("button", { type: "button", textContent: "Enlarge" });
      large.className = "als-live-large";
      large.setAttribute("aria-pressed", "false");
      large.addEventListener("click", () => {
        const on = this.box.classList.toggle("als-live-enlarged");
        large.setAttribute("aria-pressed", String(on));
        const picture = this.image.parentElement;
        on ? picture.setAttribute("tabindex", "0") : picture.removeAttribute("tabindex");
      });
      bar.append(this.run, large);
      this.tell();
      return bar;
    }

    tell() {
      this.known.controls.forEach((control, n) => {
        if (!control.words.length) return;
        const word = control.words[this.at[n]];
        this.values[n].textContent = word;
        this.inputs[n].setAttribute("aria-valuetext", word);
      });
    }

    // ---- a run: one control, from its beginning or from where it is, to its end ----

    start() {
      const n = this.known.controls.findIndex(({ runs }) => runs);
      const last = this.known.controls[n].count - 1;
      const step = (value) => {
        this.inputs[n].value = value;
        this.move(n, value);
        if (value === last) this.stop();
      };
      step(this.at[n] === last ? 0 : this.at[n] + 1);
      if (this.at[n] === last) return;
      this.run.textContent = "Stop";
      this.timer = setInterval(() => step(this.at[n] + 1), PACE);
    }

    stop() {
      clearInterval(this.timer);
      this.timer = undefined;
      this.run.textContent = "Run";
    }

    // ---- frames ----

    move(n, value) {
      this.at[n] = value;
      this.tell();
      this.show(this.number(this.at));
    }

    async show(number) {
      this.wanted = number;
      let picture;
      try {
        picture = await this.fetch(number);
      } catch {
        if (this.wanted === number) {
          this.line.textContent = "This picture could not be read. Reload the page; if it is a " +
            "copy, see that the folder of the figures came along whole.";
        }
        return;
      }
      if (this.wanted !== number) return; // a newer value has taken over
      const [line, rest] = this.known.said[number];
      this.image.src = picture.src;
      this.image.alt = line + rest;
      this.line.textContent = line;
      this.box.dataset.frame = number;
      this.fetchNeighbours();
    }

    fetch(number) {
      let promise = this.ready.get(number);
      this.ready.delete(number); // and back in as the youngest
      if (!promise) {
        const picture = element("img", {
          src: `${this.place}${String(number).padStart(4, "0")}.webp`,
        });
        promise = picture.decode().then(() => picture);
        promise.catch(() => this.ready.delete(number));
      }
      this.ready.set(number, promise);
      if (this.ready.size > REMEMBERED) this.ready.delete(this.ready.keys().next().value);
      return promise;
    }

    fetchNeighbours() {
      this.known.controls.forEach(({ count }, n) => {
        for (const value of [this.at[n] + 1, this.at[n] - 1]) {
          if (value < 0 || value >= count) continue;
          const digits = [...this.at];
          digits[n] = value;
          this.fetch(this.number(digits)).catch(() => {});
        }
      });
    }
  }

  for (const box of document.querySelectorAll("figure.als-live:not([data-frame])")) {
    const known = (window.alsLive ?? {})[box.dataset.live];
    if (known) {
      box.dataset.frame = known.start;
      new Figure(box, known);
    }
  }
})();
