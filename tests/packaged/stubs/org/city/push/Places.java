package org.city.push;

import java.util.List;
import java.util.Scanner;

/** Says of each line "lat,lon|lat,lon lat,lon …" whether the place lies in the area, as the service has it. */
public class Places {
    public static void main(String[] arguments) {
        Scanner lines = new Scanner(System.in);
        while (lines.hasNextLine()) {
            String[] parts = lines.nextLine().split("\\|", -1);
            List<long[]> at = CityMessagingService.corners(parts[0]);
            System.out.println(CityMessagingService.inside(at.get(0), CityMessagingService.corners(parts[1]))
                    + " " + CityMessagingService.concerns(parts[1], parts[0]));
        }
    }
}
