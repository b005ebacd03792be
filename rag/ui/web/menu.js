// In a narrow window the menu lies over the page: it closes once a page or a conversation is chosen in it.
// Streamlit closes it for pages alone, and only where the browser calls itself a phone's.
const CHOICES = "[data-testid=stSidebarNavLink], .st-key-chats button, .st-key-new_chat button";
const NARROW = 768; // where Streamlit lays it over the page

function closeMenu() {
  // A press beside the menu closes it, and does nothing where it is closed.
  document.querySelector(".stMain")?.dispatchEvent(new MouseEvent("mousedown", { bubbles: true }));
}

function chosen({ target }) {
  if (window.innerWidth <= NARROW && target.closest?.(CHOICES)) setTimeout(closeMenu);
}

export default function () {
  document.addEventListener("click", chosen); // the same function again adds nothing
}
