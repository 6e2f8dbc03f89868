"""A district of buildings: its year in parts, and what it does to the assets that its buildings share.

feeder = lay_out([Load("block 1", 40.0, dwellings=36), Load("school", 120.0)])
year = flow(feeder, p_kw, reactive_power(feeder, load_kw))
figures, verdicts, assumptions = judge_feeder(year)
"""
