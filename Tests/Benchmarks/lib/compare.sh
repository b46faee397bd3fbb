# The usual way of a scenario: contenders side by side, as its table lists them.

compare() {
    read_table "$scenario_dir/table"
    choose_ports
    compile_programs
    if uses_server 'chimney*'; then find_chimney; fi
    describe_machine

    store_start
    start_servers first
    front_start
    scenario_prepare
    front_stop
    start_servers second
    front_start

    warm_up
    run_rounds
    measure_memory
    measure_cgi
    ask_all_again
    report
}
