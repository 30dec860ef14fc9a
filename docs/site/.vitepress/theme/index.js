// Theme: three small components and a style sheet.

import Layout from './Layout.vue';
import Run from './Run.vue';
import './style.css';

export default {
  Layout,
  enhanceApp({app}) { app.component('Run', Run); },
};
