"""What became of patients: tables read, analysed and reported."""
