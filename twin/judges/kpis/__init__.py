"""Indicators of flexibility and building-to-grid exchange (柔性与电网交互指标).

A room a category; its functions take arrays of step means [kW], a step [h] and masks, refuse NaN, and return
a `Kpi`: a value, or the reason why there is none. What each means, with formula, source, confidence and words
in Chinese and English, stands in one registry, `twin/judges/data/kpis.yaml`.

- `load_match`, `grid`, `peak`, `shift`, `event`, `storage_like`, `cost_carbon`, `ev`, `dc`, `resilience`,
  `comfort`, `control`, `district`: what is meant;
- `boptest`, `citylearn`, `annex82`: definitions of other tools as they are coded, to stand beside it;
- `headline`: what every Run stores; `table`: all of them of a Run, with the Runs beside it that they need.
"""
