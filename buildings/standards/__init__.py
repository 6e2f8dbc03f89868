"""What building codes and standards (标准) make of a project: reference buildings and conditions of use."""
