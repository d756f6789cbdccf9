// A finger rests nowhere: what it taps is told until the next touch, as if a mouse stayed there.
let tapped;
const move = (types, { clientX, clientY }) => types.forEach(type =>
  tapped?.dispatchEvent(new PointerEvent(type, { clientX, clientY, bubbles: true })));
const leave = event => {
  move(["pointerout", "mouseout"], event);
  tapped = undefined;
};
document.getElementById("plot").addEventListener("click", event => {
  if (event.pointerType === "mouse") return;
  tapped = event.target;
  move(["pointerover", "pointermove"], event);
});
// What was selected before a finger came.
let before;
addEventListener("pointerdown", event => {
  before = chosen();
  leave(event);
}, true);
// A drag that became a scroll of the page tells nothing more, and selects nothing.
addEventListener("pointercancel", event => {
  tapped = event.target;
  leave(event);
  dispatchEvent(new PointerEvent("pointerup"));
  if (before) choose(before);
});
