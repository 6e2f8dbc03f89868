"""Pilots of carbon peak and neutrality in Shanghai (碳达峰碳中和试点): rules, assessment, draft plan."""
