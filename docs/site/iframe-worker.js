// The theme searches in a worker, which browsers refuse to pages opened as files. There, and only there, this runs the
// worker's script in a hidden frame, so that the site can be read without a server. (The theme's own stand-in would be
// fetched from another host.)
if (location.protocol === "file:") {
  window.Worker = class extends EventTarget {
    constructor(url) {
      super();
      this.waiting = [];
      const frame = document.createElement("iframe");
      frame.hidden = true;
      document.body.append(frame);
      const inner = frame.contentWindow;
      inner.postMessage = (data) => this.dispatchEvent(new MessageEvent("message", { data }));
      inner.__index = window.__index;
      const script = inner.document.createElement("script");
      script.src = new URL(url, location.href).href;
      script.addEventListener("load", () => {
        this.inner = inner;
        for (const data of this.waiting.splice(0)) this.postMessage(data);
      });
      inner.document.body.append(script);
    }
    postMessage(data) {
      if (this.inner) this.inner.dispatchEvent(new MessageEvent("message", { data }));
      else this.waiting.push(data);
    }
  };
}
