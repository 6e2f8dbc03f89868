"""What an aggregator (负荷聚合商) of a virtual power plant decides: what to bid, who is to do it, what now.

Pure decisions on arrays. A response is positive in the direction that is asked for, less import for peak
shaving and more for valley filling [kW]. P participants, T intervals of an event, S samples, D past days.
"""
