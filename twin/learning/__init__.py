"""Learning (强化学习): Gymnasium and PettingZoo environments on the compiled march.

    from twin.learning.environments import BuildingEnv, BuildingVectorEnv
    from twin.learning.district import DistrictEnv

    env = BuildingEnv("office.yaml", days=7)                    # one building, 15 min steps
    seen, _ = env.reset(seed=0, options={"date": "2025-07-14"})
    seen, reward, _, over, info = env.step(env.action_space.sample())
    many = BuildingVectorEnv("office.yaml", copies=100)         # a hundred of it in one call of the kernel
    district = DistrictEnv("district.yaml")                     # its buildings as agents behind one meter

With `twin.learning.environments` imported, `gymnasium.make("PedfTwin/Building-v0", source="office.yaml")`
makes the first of them.

They need `pip install pedf-twin[learning]`.

An environment is the whole twin: rooms with walls that store heat, moisture, plant with its curves, plant
room, battery with its losses and temperature, vehicles with departure times, droop bus or board. A project is
prepared once and its year marched once under its own control; an episode starts at a midnight of that year as
it stood there. Rooms are therefore warm from the first step, and an agent that says nothing (NaN) lives
through the year that `twin run` shows, to the last digit; where a project plans (`mpc`), schedules or follows
targets it is the control behind these, since the agent stands in their place.

Actions are wishes (`twin.learning.actions`): what no action can do is to leave a limit of SOC, power,
departure or allowed set-point shift. Observations have names, units and bounds (`env.columns`,
`twin.learning.observation`); weather ahead is a forecast that errs as real ones do. The reward is money with
its parts in `info["parts"]` and its weights in the open (`twin.learning.reward.Weights`), or a function of
one's own.
"""
