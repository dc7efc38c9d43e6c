import type { Context, PanelMaker } from './context.js';
import type { Dashboard, Panel, RowPanel } from './model.js';

/** A titled part of the dashboard. */
export interface Row {
  readonly id: number;
  readonly title: string;
  readonly panels: readonly PanelMaker[];
}

const PAGE_WIDTH = 24;

/** Puts rows under each other, and a row's panels beside each other as they fit. A row without a panel is left out. */
export function layOut(rows: readonly Row[], context: Context): Dashboard['panels'] {
  let y = 0;
  return rows.flatMap(({ id, title, panels }) => {
    const made = panels.flatMap((make) => make(context));
    if (made.length === 0) return [];
    const row: RowPanel = {
      id,
      type: 'row',
      title,
      collapsed: false,
      gridPos: { h: 1, w: PAGE_WIDTH, x: 0, y },
      panels: [],
    };
    const placed = place(made, y + 1);
    y = Math.max(...placed.map(({ gridPos }) => gridPos.y + gridPos.h));
    return [row, ...placed];
  });
}

function place(panels: readonly Panel[], top: number): Panel[] {
  let x = 0;
  let y = top;
  let height = 0;
  return panels.map((panel) => {
    const { w, h } = panel.gridPos;
    if (x + w > PAGE_WIDTH) {
      x = 0;
      y += height;
      height = 0;
    }
    const placed = { ...panel, gridPos: { h, w, x, y } };
    x += w;
    height = Math.max(height, h);
    return placed;
  });
}
