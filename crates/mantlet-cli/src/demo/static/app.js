// Marks the page we are on. It is here so that a content security policy has a script to allow.
for (const link of document.querySelectorAll("nav a")) {
  if (link.pathname === location.pathname) link.setAttribute("aria-current", "page");
}
