// Loads the page's program. The theme is set first, so that the page does not flash.
import init from './ui.js';

try {
  const theme = localStorage.getItem('hai-net.theme');
  if (theme === 'light' || theme === 'dark' || theme === 'contrast') {
    document.documentElement.setAttribute('data-theme', theme);
  }
} catch {
  // A browser that forbids storage shows the theme of the system until the settings are read.
}

try {
  await init({ module_or_path: './ui_bg.wasm' });
} catch (error) {
  console.error(error);
  if (!document.documentElement.hasAttribute('data-broken')) {
    const text = document.querySelector('.boot');
    if (text) {
      text.textContent =
        'HAI-Net could not start in this page: ' + error.message +
        ' Reload the page. If that does not help, use a browser of 2023 or newer.';
    }
  }
}
