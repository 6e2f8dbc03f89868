"""Any IDF or epJSON of EnergyPlus as a project that people can read, and as a reference run of its loads."""
